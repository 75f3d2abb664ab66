"""Golden cases of what people pickle of XGBoost and LightGBM beside classifiers and regressors: rankers, models of the base
class, and Boosters as `train` gives them.

Usage: python rankers.py OUT_FOLDER  (made with XGBoost 1.7.6, 2.1.4, 3.2.0; LightGBM 3.3.5, 4.5.0, 4.6.0)
The file is named after XGBoost's version.
"""
import pickle
import sys
import warnings
import zlib

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from sklearn.datasets import load_iris

from golden import Golden

warnings.simplefilter("ignore")
X, y = load_iris(return_X_y=True)
groups = [30, 50, 70]
rows = np.vstack([X[::31], X[:2] * 2, X[1:2] * np.nan])
golden = Golden("%s/rankers-%s.json" % (sys.argv[1], xgb.__version__))
n = dict(n_estimators=5, max_depth=3)
quiet = dict(min_child_samples=2, verbose=-1, **n)


class OfMatrix(object):
    """An XGBoost Booster that is sent an array."""

    def __init__(self, booster):
        self.booster = booster

    def predict(self, x):
        return self.booster.predict(xgb.DMatrix(x))


def case(name, model, asked=None):
    golden.case(name, asked or model, rows, methods=("predict",), model_bytes=zlib.compress(pickle.dumps(model, 4), 9))


for objective in ("rank:pairwise", "rank:ndcg", "rank:map"):
    target = y > 0 if objective == "rank:map" else y
    case("xgb ranker " + objective, xgb.XGBRanker(objective=objective, **n).fit(X, target, group=groups))
case("xgb model", xgb.XGBModel(objective="reg:squarederror", **n).fit(X, y))
for objective in ("binary:logistic", "count:poisson"):
    booster = xgb.train(dict(objective=objective, max_depth=3), xgb.DMatrix(X, (y > 0).astype(float)), 4)
    case("xgb booster " + objective, booster, OfMatrix(booster))
for objective in ("lambdarank", "rank_xendcg"):
    case("lgbm ranker " + objective, lgb.LGBMRanker(objective=objective, **quiet).fit(X, y, group=groups))
case("lgbm model", lgb.LGBMModel(objective="regression", **quiet).fit(X, y))
for objective in ("binary", "poisson"):
    case("lgbm booster " + objective, lgb.train(dict(objective=objective, verbose=-1), lgb.Dataset(X, (y > 0).astype(float)), 4))
golden.save()
