"""What a data scientist writes: pandas reads, XGBoost predicts, pandas writes. `score_pandas.py <model> <rows> <out>`"""

import sys

import pandas
import xgboost

model, rows, out = sys.argv[1:]
booster = xgboost.Booster(model_file=model)
frame = pandas.read_csv(rows)
ids = frame.pop("id")
predictions = booster.predict(xgboost.DMatrix(frame))
pandas.DataFrame({"id": ids, "predict": predictions}).to_csv(out, index=False)
