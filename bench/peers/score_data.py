"""A table of 1,000,000 rows × 30 and 100 trees of depth 6. `score_data.py <folder>`"""

import pathlib
import sys

import numpy
import pandas
import xgboost

root = pathlib.Path(sys.argv[1])
root.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(0)
count = 1_000_000
names = [f"feature_{i}" for i in range(30)]
frame = pandas.DataFrame(random.standard_normal((count, 30)), columns=names)
some = frame.iloc[:50_000]
labels = (some.feature_0 + some.feature_1 * some.feature_2 + random.standard_normal(len(some)) * 0.3 > 0).astype(int)
xgboost.XGBClassifier(n_estimators=100, max_depth=6).fit(some, labels).save_model(root / "model.json")
frame.insert(0, "id", [f"c{i:07d}" for i in range(count)])
frame.to_csv(root / "rows.csv.part", index=False)
(root / "rows.csv.part").rename(root / "rows.csv")
