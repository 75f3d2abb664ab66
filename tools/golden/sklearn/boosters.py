"""Golden cases of pickled XGBoost and LightGBM models, alone and inside pipelines.

Usage: python boosters.py OUT_FOLDER  (made with XGBoost 0.90, 1.3.3, 1.7.6, 2.1.4, 3.x; LightGBM 2.3.1, 3.0.0, 3.3.5, 4.6.0, 4.x)
The file is named after XGBoost's version. Needs pandas.
"""
import sys
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.multioutput import MultiOutputRegressor
from sklearn.feature_extraction.text import CountVectorizer

from golden import Golden

warnings.simplefilter("ignore")
XGB = tuple(int(p) for p in xgb.__version__.split(".")[:2])
LGB = tuple(int(p) for p in lgb.__version__.split(".")[:2])

iris = load_iris()
X, y = iris.data, iris.target
rng = np.random.RandomState(0)
XM = X.copy()
XM[rng.rand(*X.shape) < 0.1] = np.nan
names = iris.target_names[y]
frame = pd.DataFrame(X, columns=["sepal_l", "sepal_w", "petal_l", "petal_w"])
rows = np.vstack([X[::31], XM[1:2] * np.nan, XM[10:14]])
full = np.vstack([X[::31], X[:2] * 2])
multilabel = np.column_stack([y > 0, y < 2]).astype(int)
golden = Golden("%s/%s.json" % (sys.argv[1], xgb.__version__))
methods = ("predict", "predict_proba", "decision_function")


def case(name, make, x, target, at, fit=None, **kw):
    try:
        model = make().fit(x, target, **(fit or {}))
    except (TypeError, ValueError, AttributeError, xgb.core.XGBoostError) as error:
        print("skipped", name, str(error)[:150])
        return
    golden.case(name, model, at, methods=methods, **kw)


n = dict(n_estimators=5, max_depth=3)
quiet = {} if XGB >= (1, 0) else {"silent": True}
wrapped = XGB >= (1, 3) and XGB < (1, 6)
labels = names if XGB < (1, 6) else y
case("xgb classifier", lambda: xgb.XGBClassifier(**n), X, labels, rows)
case("xgb classifier missing", lambda: xgb.XGBClassifier(**n), XM, y, rows)
case("xgb classifier binary", lambda: xgb.XGBClassifier(**n), X[:100], labels[:100], rows)
case("xgb classifier softmax", lambda: xgb.XGBClassifier(objective="multi:softmax", num_class=3, **n), X, y, rows)
case("xgb classifier hinge", lambda: xgb.XGBClassifier(objective="binary:hinge", **n), X[:100], y[:100], rows)
case("xgb classifier names", lambda: xgb.XGBClassifier(**n), frame, y, frame.iloc[::31])
case("xgb missing marker", lambda: xgb.XGBClassifier(missing=-1.0, **n), np.nan_to_num(XM, nan=-1.0) if hasattr(np, "nan_to_num") and np.__version__ >= "1.17" else XM, y, np.where(np.isnan(rows), -1.0, rows))
case("xgb regressor", lambda: xgb.XGBRegressor(**n), X[:, :3], X[:, 3], rows[:, :3])
case("xgb regressor poisson", lambda: xgb.XGBRegressor(objective="count:poisson", **n), X[:, :3], np.round(X[:, 3] * 3), rows[:, :3])
case("xgb regressor gblinear", lambda: xgb.XGBRegressor(booster="gblinear", n_estimators=5), X[:, :3], X[:, 3], full[:, :3])
if XGB >= (1, 0):  # before, dart dropped trees at random when it predicted
    case("xgb regressor dart", lambda: xgb.XGBRegressor(booster="dart", rate_drop=0.3, n_estimators=6, max_depth=2), X[:, :3], X[:, 3], rows[:, :3])
if hasattr(xgb, "XGBRFClassifier"):
    case("xgb forest classifier", lambda: xgb.XGBRFClassifier(n_estimators=4, max_depth=3, random_state=0), X, labels, rows)
    case("xgb forest regressor", lambda: xgb.XGBRFRegressor(n_estimators=4, max_depth=3, random_state=0), X[:, :3], X[:, 3], rows[:, :3])
early = dict(eval_set=[(X[::3, :3], rng.rand(50))])
if XGB < (1, 6):
    case("xgb regressor early", lambda: xgb.XGBRegressor(n_estimators=30, max_depth=3), X[:, :3], X[:, 3], rows[:, :3], fit=dict(early_stopping_rounds=2, verbose=False, **early))
else:
    case("xgb regressor early", lambda: xgb.XGBRegressor(n_estimators=30, max_depth=3, early_stopping_rounds=2), X[:, :3], X[:, 3], rows[:, :3], fit=dict(verbose=False, **early))
if XGB >= (1, 6):
    case("xgb classifier multilabel", lambda: xgb.XGBClassifier(**n), X, multilabel, rows)
    case("xgb regressor targets", lambda: xgb.XGBRegressor(**n), X[:, :2], X[:, 2:], rows[:, :2])
if XGB >= (2, 0):
    case("xgb regressor tree of targets", lambda: xgb.XGBRegressor(multi_strategy="multi_output_tree", tree_method="hist", **n), X[:, :2], X[:, 2:], rows[:, :2])
case("xgb pipeline", lambda: make_pipeline(StandardScaler(), xgb.XGBClassifier(**n)), X, labels, full)
case("xgb multi-output", lambda: MultiOutputRegressor(xgb.XGBRegressor(**n)), X[:, :2], X[:, 2:], full[:, :2])
texts = ["good one", "bad", "bad bad", "good", "so so", "good good", "one", "two bad"] * 3
case("xgb text", lambda: make_pipeline(CountVectorizer(), xgb.XGBClassifier(**n)), texts, [1, 0, 0, 1, 0, 1, 1, 0] * 3, texts[:8] + ["three"])

n = dict(n_estimators=5, max_depth=3, min_child_samples=5, verbose=-1)
case("lgb classifier", lambda: lgb.LGBMClassifier(**n), X, names, rows)
case("lgb classifier binary", lambda: lgb.LGBMClassifier(**n), X[:100], names[:100], rows)
case("lgb classifier ova", lambda: lgb.LGBMClassifier(objective="multiclassova", **n), XM, y, rows)
case("lgb classifier names", lambda: lgb.LGBMClassifier(**n), frame, y, frame.iloc[::31])
case("lgb regressor", lambda: lgb.LGBMRegressor(**n), X[:, :3], X[:, 3], rows[:, :3])
case("lgb regressor poisson", lambda: lgb.LGBMRegressor(objective="poisson", **n), X[:, :3], np.round(X[:, 3] * 3), rows[:, :3])
case("lgb regressor dart", lambda: lgb.LGBMRegressor(boosting_type="dart", **n), X[:, :3], X[:, 3], rows[:, :3])
case("lgb forest", lambda: lgb.LGBMClassifier(boosting_type="rf", bagging_freq=1, bagging_fraction=0.7, **n), X, y, rows)
if LGB < (4, 0):
    case("lgb regressor early", lambda: lgb.LGBMRegressor(**dict(n, n_estimators=40)), X[:, :3], X[:, 3], rows[:, :3], fit=dict(early_stopping_rounds=2, verbose=False, **early))
else:
    case("lgb regressor early", lambda: lgb.LGBMRegressor(early_stopping_round=2, **dict(n, n_estimators=40)), X[:, :3], X[:, 3], rows[:, :3], fit=early)
case("lgb pipeline", lambda: make_pipeline(StandardScaler(), lgb.LGBMClassifier(**n)), X, names, full)
cats = pd.DataFrame({"city": pd.Categorical(["Oslo", "Bergen", "Oslo", "Paris", "Rome", "Rome"] * 20), "size": np.arange(120.0) % 17})
case("lgb categories", lambda: lgb.LGBMRegressor(**dict(n, min_child_samples=2)), cats, np.arange(120.0) % 6, cats.iloc[:7])
golden.save()
