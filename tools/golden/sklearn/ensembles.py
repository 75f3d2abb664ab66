"""Golden cases of meta-estimators: boosting by weights, bagging, voting, stacking, isolation, calibration, dummies.

Usage: python ensembles.py OUT_FOLDER [FIRST]
Made in full with scikit-learn 0.22.2.post1 and 1.9.1; with FIRST = 0, 1, 2, 3, 0, 1, 2 with 0.19.2, 0.24.2, 1.0.2, 1.2.2,
1.3.2, 1.5.2 and 1.7.2.
"""
import sys

import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_regression
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    IsolationForest,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from golden import METHODS, Golden

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
iris = load_iris()
X = iris.data + rng.uniform(-0.05, 0.05, iris.data.shape)
y = iris.target
names = iris.target_names[y]
Xr, yr = make_regression(n_samples=120, n_features=4, noise=5.0, random_state=1)
rows = np.vstack([X[::21], rng.uniform(-1, 9, (5, 4))])
rows_r = np.vstack([Xr[::14], rng.normal(0, 2, (4, 4))])
Xb, yb, nb = X[:100], y[:100], names[:100]

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))
FEW = ("predict", "predict_proba", "decision_function", "score_samples", "transform")


def case(name, model, x, methods=FEW, **kw):
    golden.case(name, model, x, methods=methods, **kw)


BASE = "estimator" if VERSION >= (1, 2) else "base_estimator"


def over(cls, base, **kw):
    if base is not None:
        kw[BASE] = base
    return cls(**kw)


def tree(depth=2):
    return DecisionTreeClassifier(max_depth=depth, random_state=0)


def logistic():
    return LogisticRegression(max_iter=500, C=0.5)


algorithms = ["SAMME", "SAMME.R"] if VERSION < (1, 6) else [None]
for algorithm in algorithms:
    kw = {"algorithm": algorithm} if algorithm else {}
    title = "adaboost %s " % algorithm
    case(title + "stumps", AdaBoostClassifier(n_estimators=8, random_state=0, **kw).fit(X, names), rows)
    case(title + "trees", over(AdaBoostClassifier, tree(), n_estimators=4, random_state=0, learning_rate=0.5, **kw).fit(X, y), rows)
    case(title + "binary", AdaBoostClassifier(n_estimators=5, random_state=0, **kw).fit(X, y == 1), rows)
    case(title + "logistic", over(AdaBoostClassifier, logistic(), n_estimators=3, random_state=0, **kw).fit(X, names), rows)
case("adaboost perfect", over(AdaBoostClassifier, tree(5), n_estimators=3, random_state=0, **({"algorithm": "SAMME"} if VERSION < (1, 6) else {})).fit(Xb, nb), rows)
for loss in ["linear", "square", "exponential"]:
    case("adaboost " + loss, over(AdaBoostRegressor, DecisionTreeRegressor(max_depth=3, random_state=0), n_estimators=6, loss=loss, random_state=0).fit(Xr, yr), rows_r)
case("adaboost linear members", over(AdaBoostRegressor, LinearRegression(), n_estimators=4, random_state=0).fit(Xr, yr), rows_r)

case("bagging trees", over(BaggingClassifier, tree(), n_estimators=4, random_state=0).fit(X, names), rows)
case("bagging features", over(BaggingClassifier, tree(), n_estimators=4, max_features=2, max_samples=0.5, random_state=0).fit(X, names), rows)
case("bagging logistic", over(BaggingClassifier, logistic(), n_estimators=3, max_features=0.8, random_state=0).fit(X, y), rows)
case("bagging few rows", over(BaggingClassifier, tree(), n_estimators=6, max_samples=3, random_state=4).fit(X, names), rows, methods=METHODS)
case("bagging binary", over(BaggingClassifier, tree(1), n_estimators=3, bootstrap_features=True, random_state=0).fit(Xb, nb), rows, methods=METHODS, scale={"predict_log_proba": 1.1})
case("bagging regression", over(BaggingRegressor, DecisionTreeRegressor(max_depth=3, random_state=0), n_estimators=4, max_features=3, random_state=0).fit(Xr, yr), rows_r)
case("bagging default", BaggingRegressor(n_estimators=2, max_samples=0.3, random_state=0).fit(Xr, yr), rows_r)

flat = {} if VERSION >= (0, 21) else {"flatten_transform": True}
members = [("lr", logistic()), ("rf", RandomForestClassifier(n_estimators=3, max_depth=2, random_state=0)), ("dt", tree())]
for kind in ["hard", "soft"]:
    for weights in [None, [1, 2.5, 0.5]]:
        case("voting %s %s" % (kind, weights), VotingClassifier(members, voting=kind, weights=weights, **flat).fit(X, names), rows, names_out=VERSION >= (1, 2))
case("voting binary", VotingClassifier(members, voting="soft", **flat).fit(Xb, nb), rows)
if VERSION >= (0, 21):
    from sklearn.ensemble import VotingRegressor

    case("voting drop", VotingClassifier(members, voting="soft", weights=[1, 2, 3]).set_params(rf="drop").fit(X, names), rows)
    case("voting hard drop", VotingClassifier(members, voting="hard", weights=[1, 2, 3]).set_params(lr="drop").fit(X, names), rows, names_out=VERSION >= (1, 2))
    for weights in [None, [3, 1]]:
        regressors = [("lr", LinearRegression()), ("dt", DecisionTreeRegressor(max_depth=3))]
        case("voting regression %s" % weights, VotingRegressor(regressors, weights=weights).fit(Xr, yr), rows_r, names_out=VERSION >= (1, 2))
if VERSION >= (0, 22):
    from sklearn.ensemble import StackingClassifier, StackingRegressor

    case("stacking", StackingClassifier(members, cv=3, final_estimator=logistic()).fit(X, names), rows, names_out=VERSION >= (1, 2))
    case("stacking passthrough", StackingClassifier(members, cv=3, final_estimator=tree(3), passthrough=True).fit(X, names), rows, names_out=VERSION >= (1, 2))
    case("stacking binary", StackingClassifier(members, cv=3, final_estimator=logistic()).fit(Xb, nb), rows)
    case("stacking predict", StackingClassifier(members, cv=3, stack_method="predict", final_estimator=tree(3)).fit(X, y), rows)
    case("stacking drop", StackingClassifier(members, cv=3, final_estimator=logistic()).set_params(lr="drop").fit(X, names), rows)
    case("stacking regression", StackingRegressor(regressors, cv=3, passthrough=True, final_estimator=LinearRegression()).fit(Xr, yr), rows_r)
    case("stacking forest", StackingRegressor(regressors, cv=3, final_estimator=DecisionTreeRegressor(max_depth=3)).fit(Xr, yr), rows_r)

X4, rows4 = X.astype(np.float32), rows.astype(np.float32)
Xr4, yr4, rows_r4 = Xr.astype(np.float32), yr.astype(np.float32), rows_r.astype(np.float32)
narrow = dict(tolerance=1e-6, scale={"predict_proba": 10.0, "transform": 10.0, "predict": 1000.0})
case("voting float32", VotingClassifier([("a", logistic()), ("b", LogisticRegression(C=9, max_iter=500))], voting="soft", **flat).fit(X4, names), rows4, **narrow)
case("voting float32 weights", VotingClassifier([("a", logistic()), ("b", tree())], voting="soft", weights=[1, 2], **flat).fit(X4, names), rows4, **narrow)
case("bagging float32", over(BaggingRegressor, LinearRegression(), n_estimators=3, random_state=0).fit(Xr4, yr4), rows_r4, **narrow)
case("adaboost float32", over(AdaBoostRegressor, LinearRegression(), n_estimators=3, random_state=0).fit(Xr4, yr4), rows_r4, **narrow)
if VERSION >= (0, 22):
    case("stacking float32", StackingRegressor([("a", LinearRegression())], cv=3, passthrough=True, final_estimator=LinearRegression()).fit(Xr4, yr4), rows_r4, **narrow)

contamination = {} if VERSION >= (0, 22) else {"contamination": 0.1}
case("isolation", IsolationForest(n_estimators=5, max_samples=32, random_state=0, **contamination).fit(X), rows, scale={"decision_function": 1.0})
case("isolation features", IsolationForest(n_estimators=5, max_samples=16, max_features=2, contamination=0.2, random_state=0).fit(X), rows, scale={"decision_function": 1.0})
case("isolation bootstrap", IsolationForest(n_estimators=3, max_samples=1.0, bootstrap=True, random_state=0, **contamination).fit(X[::5]), rows, scale={"decision_function": 1.0})
if VERSION >= (1, 6):
    missing = X.copy()
    missing[::7, 2] = np.nan
    case("isolation missing", IsolationForest(n_estimators=4, max_samples=32, random_state=0).fit(missing), missing[::13], scale={"decision_function": 1.0})

for method in ["sigmoid", "isotonic"] + (["temperature"] if VERSION >= (1, 8) else []):
    case("calibrated %s tree" % method, over(CalibratedClassifierCV, tree(3), method=method, cv=2).fit(X, names), rows)
    case("calibrated %s logistic" % method, over(CalibratedClassifierCV, logistic(), method=method, cv=2).fit(X, names), rows, scale={"predict_proba": 1.0})
    case("calibrated %s binary" % method, over(CalibratedClassifierCV, logistic(), method=method, cv=2).fit(Xb, nb), rows)
    case("calibrated %s binary tree" % method, over(CalibratedClassifierCV, tree(1), method=method, cv=2).fit(X, y == 1), rows)
    if VERSION < (1, 8):
        fitted = ExtraTreesClassifier(n_estimators=3, max_depth=3, random_state=0).fit(X, names)
        case("calibrated %s prefit" % method, over(CalibratedClassifierCV, fitted, method=method, cv="prefit").fit(X, names), rows)
    if VERSION >= (0, 24):
        case("calibrated %s not ensemble" % method, over(CalibratedClassifierCV, tree(3), method=method, cv=3, ensemble=False).fit(X, names), rows)

if VERSION >= (1, 5):
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    case("threshold fixed", FixedThresholdClassifier(logistic(), threshold=0.3).fit(X, y == 2), rows)
    case("threshold decision", FixedThresholdClassifier(logistic(), threshold=-1.0, pos_label="setosa", response_method="decision_function").fit(Xb, nb), rows)
    case("threshold auto", FixedThresholdClassifier(tree(1)).fit(Xb, nb), rows)
    case("threshold tuned", TunedThresholdClassifierCV(logistic(), cv=3).fit(X, names == "virginica"), rows)
    case("threshold tuned f1", TunedThresholdClassifierCV(tree(3), scoring="f1", cv=3).fit(X, (y == 1).astype(int)), rows)
if VERSION >= (1, 6):
    from sklearn.frozen import FrozenEstimator

    case("frozen", FrozenEstimator(RandomForestClassifier(n_estimators=3, max_depth=2, random_state=0).fit(X, names)), rows)
    case("frozen calibrated", CalibratedClassifierCV(FrozenEstimator(tree(3).fit(X, names)), cv=2, ensemble=False).fit(X, names), rows)

line = rng.uniform(0, 10, 30)
target = line ** 1.5 + rng.normal(0, 2, 30)
ask = np.array([0.5, 1.0, 3.3, 9.0, 5.5, line.max(), line.min(), line[3], np.nextafter(line[3], 99)])
for bounds in ["clip", "nan"]:
    for increasing in [True, False]:
        model = IsotonicRegression(out_of_bounds=bounds, increasing=increasing).fit(line, target)
        wide = ask if bounds == "clip" else ask[ask > -1]
        golden.case("isotonic %s %s" % (bounds, increasing), model, np.concatenate([wide, [-3.0, 99.0]]).reshape(-1, 1) if VERSION >= (0, 24) else np.concatenate([wide, [-3.0, 99.0]]), methods=("predict",))
        golden.cases[-1]["input"] = {"kind": "matrix", "dtype": "float64", "shape": [len(wide) + 2, 1], "data": [float(v) for v in np.concatenate([wide, [-3.0, 99.0]])]}
case("dummy prior", DummyClassifier(strategy="prior").fit(X, names), rows, methods=METHODS)
case("dummy frequent", DummyClassifier(strategy="most_frequent").fit(X[:120], y[:120]), rows)
case("dummy stratified", DummyClassifier(strategy="stratified", random_state=3).fit(X, names), rows, methods=FEW if VERSION >= (0, 22) else ("predict",))
case("dummy uniform", DummyClassifier(strategy="uniform", random_state=7).fit(X, y), rows)
case("dummy stratified outputs", DummyClassifier(strategy="stratified", random_state=5).fit(X, np.column_stack([y, y > 0])), rows)
case("dummy constant", DummyClassifier(strategy="constant", constant="virginica").fit(X, names), rows)
case("dummy outputs", DummyClassifier(strategy="most_frequent").fit(X, np.column_stack([y, y > 0])), rows, methods=("predict", "predict_proba"))
for strategy in ["mean", "median"]:
    case("dummy " + strategy, DummyRegressor(strategy=strategy).fit(Xr, yr), rows_r)
case("dummy quantile", DummyRegressor(strategy="quantile", quantile=0.3).fit(Xr, yr), rows_r)
case("dummy constant number", DummyRegressor(strategy="constant", constant=3).fit(Xr, yr), rows_r)
case("dummy regression outputs", DummyRegressor(strategy="mean").fit(Xr, np.column_stack([yr, -yr])), rows_r)
if len(sys.argv) > 2:  # every fourth case, from this one on: releases between share the work
    golden.cases = golden.cases[int(sys.argv[2]) :: 4]
golden.save()
