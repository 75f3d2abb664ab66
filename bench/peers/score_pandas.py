"""pandas reads, XGBoost predicts, pandas writes. `score_pandas.py <model> <rows> <out>`

As fast as it goes: of read_csv's ways (its C engine in pieces or at once, float32 columns, pyarrow) the default was the fastest,
and inplace_predict spares the copy into a DMatrix.
"""

import sys

import pandas
import xgboost

model, rows, out = sys.argv[1:]
booster = xgboost.Booster({"nthread": 2}, model_file=model)
frame = pandas.read_csv(rows)
ids = frame.pop("id")
predictions = booster.inplace_predict(frame)
pandas.DataFrame({"id": ids, "predict": predictions}).to_csv(out, index=False)
