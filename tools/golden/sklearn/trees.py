"""Golden cases of trees, forests and gradient boosting.

Usage: python trees.py OUT_FOLDER [FIRST]
Made in full with scikit-learn 0.22.2.post1 and 1.9.1; with FIRST = 0, 1, 2, 3, 0, 1, 2 with 0.19.2, 0.24.2, 1.0.2, 1.2.2,
1.3.2, 1.5.2 and 1.7.2.
"""
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_iris, make_regression
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from golden import METHODS, Golden

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
iris = load_iris()
X = iris.data + rng.uniform(-0.05, 0.05, iris.data.shape)
y = iris.target
names = iris.target_names[y]
Xr, yr = make_regression(n_samples=150, n_features=4, noise=5.0, random_state=1)
weights = rng.uniform(0.1, 3.0, len(y))
two = y < 2
rows = np.vstack([X[::19], rng.uniform(-1, 9, (4, 4))])
rows_r = np.vstack([Xr[::21], rng.normal(0, 2, (4, 4))])

# Rows that sit on a threshold and right beside it, in float64: the library compares after rounding to float32.
first = DecisionTreeClassifier(random_state=0, max_depth=2).fit(X, y)
edge = np.repeat(X[:1], 6, axis=0)
inner = [i for i in range(first.tree_.node_count) if first.tree_.children_left[i] >= 0][:2]
for k, node in enumerate(inner):
    t = first.tree_.threshold[node]
    edge[3 * k : 3 * k + 3, first.tree_.feature[node]] = [t, np.nextafter(t, 1e9), np.nextafter(t, -1e9)]
edges = np.vstack([rows, edge])

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))
FEW = ("predict", "predict_proba", "decision_function", "transform")


def case(name, model, x, methods=FEW, **kw):
    golden.case(name, model, x, methods=methods, **kw)


def clf(name, model, target=y, x=rows, **kw):
    case(name, model.fit(X, target), x, **kw)


def reg(name, model, target=yr, x=rows_r, **kw):
    case(name, model.fit(Xr, target), x, **kw)


clf("tree gini", DecisionTreeClassifier(random_state=0), x=edges)
clf("tree entropy strings", DecisionTreeClassifier(criterion="entropy", max_depth=3, random_state=0), names, methods=METHODS)
clf("tree balanced", DecisionTreeClassifier(class_weight="balanced", max_leaf_nodes=6, random_state=0))
case("tree weighted", DecisionTreeClassifier(max_depth=2).fit(X, y, sample_weight=weights), rows)
case("tree binary bool", DecisionTreeClassifier(max_depth=2).fit(X[:100], y[:100] == 1), rows)
case("tree one class", DecisionTreeClassifier().fit(X[:20], np.zeros(20, dtype=int)), rows)
clf("tree multi-output", DecisionTreeClassifier(max_depth=3, random_state=0), np.column_stack([y, (y + 1) % 2]))
if VERSION >= (0, 21):
    clf("tree multi-output strings", ExtraTreeClassifier(max_depth=4, random_state=0), np.column_stack([names, names[::-1]]))
clf("extra tree", ExtraTreeClassifier(random_state=3))
clf("tree float32", DecisionTreeClassifier(max_depth=3, random_state=0), x=rows.astype(np.float32))
clf("tree sparse rows", DecisionTreeClassifier(max_depth=3, random_state=0), x=__import__("scipy.sparse").sparse.csr_matrix(np.where(rows > 2, rows, 0)))
reg("tree mse", DecisionTreeRegressor(max_depth=4, random_state=0))
reg("tree multi-output regression", DecisionTreeRegressor(max_depth=4, random_state=0), np.column_stack([yr, -yr, yr ** 2]))
reg("extra tree regression", ExtraTreeRegressor(max_depth=4, random_state=0))
reg("stump", DecisionTreeRegressor(max_depth=1))
if VERSION >= (0, 22):
    clf("tree pruned", DecisionTreeClassifier(ccp_alpha=0.01, random_state=0))

small = dict(n_estimators=5, random_state=0, max_depth=3)
clf("forest", RandomForestClassifier(**small), x=edges, methods=METHODS)
clf("forest deep", RandomForestClassifier(n_estimators=3, random_state=1), names)
clf("forest subsample weights", RandomForestClassifier(class_weight="balanced_subsample", **small))
clf("forest no bootstrap entropy", RandomForestClassifier(bootstrap=False, criterion="entropy", **small))
case("forest binary strings", RandomForestClassifier(**small).fit(X[:100], names[:100]), rows)
clf("forest one tree", RandomForestClassifier(n_estimators=1, random_state=0))
clf("forest multi-output", RandomForestClassifier(n_estimators=4, max_depth=3, random_state=0), np.column_stack([y, y == 2]), methods=METHODS)
clf("forest oob", RandomForestClassifier(n_estimators=8, max_depth=2, oob_score=True, bootstrap=True, random_state=0))
clf("extra trees", ExtraTreesClassifier(**small), names)
clf("extra trees even vote", ExtraTreesClassifier(n_estimators=2, max_depth=None, random_state=0))
reg("forest regression", RandomForestRegressor(**small))
reg("forest regression multi-output", RandomForestRegressor(n_estimators=4, max_depth=3, random_state=0), np.column_stack([yr, yr * 2]))
reg("extra trees regression", ExtraTreesRegressor(**small))
clf("embedding", RandomTreesEmbedding(n_estimators=4, max_depth=3, random_state=0))
clf("embedding dense", RandomTreesEmbedding(n_estimators=3, max_depth=2, random_state=0, sparse_output=False), names_out=VERSION >= (1, 1))

boost = dict(n_estimators=3, random_state=0, max_depth=2, learning_rate=0.3)
scores = {"decision_function": 10.0}
clf("boosting multi", GradientBoostingClassifier(**boost), x=edges, scale=scores, methods=METHODS)
clf("boosting strings subsample", GradientBoostingClassifier(subsample=0.7, max_features=2, **boost), names, scale=scores)
case("boosting binary", GradientBoostingClassifier(**boost).fit(X[:100], names[:100]), rows, scale=scores)
case("boosting exponential", GradientBoostingClassifier(loss="exponential", **boost).fit(X[:100], y[:100]), rows, scale=scores)
case("boosting weighted", GradientBoostingClassifier(**boost).fit(X, y, sample_weight=weights), rows, scale=scores)
clf("boosting early stop", GradientBoostingClassifier(n_estimators=9, n_iter_no_change=1, tol=0.1, random_state=0, max_depth=2) if VERSION >= (0, 20) else GradientBoostingClassifier(**boost), scale=scores)
wide = {"predict": float(np.abs(yr).max() * 4)}
for loss in ["huber", "quantile"] + (["squared_error", "absolute_error"] if VERSION >= (1, 0) else ["ls", "lad"]):
    reg("boosting " + loss, GradientBoostingRegressor(loss=loss, alpha=0.8, **boost), scale=wide)
if VERSION >= (0, 21):
    clf("boosting init zero", GradientBoostingClassifier(init="zero", **boost), scale=scores)
    reg("boosting init zero regression", GradientBoostingRegressor(init="zero", **boost), scale=wide)
    reg("boosting init linear", GradientBoostingRegressor(init=LinearRegression(), **boost), scale=wide, tolerance=1e-6)  # init_ is fitted on float32
    clf("boosting init logistic", GradientBoostingClassifier(init=LogisticRegression(max_iter=2000), **boost), scale={"decision_function": 10.0, "predict_proba": 1.0}, tolerance=1e-6)
    clf("boosting init tree", GradientBoostingClassifier(init=DecisionTreeClassifier(max_depth=3, random_state=0), **boost), scale={"decision_function": 40.0})
    case("boosting binary init tree", GradientBoostingClassifier(init=DecisionTreeClassifier(max_depth=1), **boost).fit(X, y == 1), rows, scale={"decision_function": 40.0})

if VERSION >= (1, 3):
    Xm = X.copy()
    Xm[rng.uniform(size=X.shape) < 0.15] = np.nan
    rows_m = np.vstack([Xm[::13], np.full((1, 4), np.nan)])
    case("tree missing", DecisionTreeClassifier(max_depth=4, random_state=0).fit(Xm, y), rows_m)
    Xrm = Xr.copy()
    Xrm[rng.uniform(size=X.shape) < 0.15] = np.nan
    case("tree missing regression", DecisionTreeRegressor(max_depth=4, random_state=0).fit(Xrm, yr), Xrm[::13])
    case("tree missing unseen", DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y), rows_m)
    only = X.copy()
    only[y == 1, 2] = np.nan
    case("tree missing is the split", DecisionTreeClassifier(max_depth=3, random_state=0).fit(only, y), only[::9])
if VERSION >= (1, 4):
    case("forest missing", RandomForestClassifier(**small).fit(Xm, names), rows_m)
    case("forest missing regression", RandomForestRegressor(**small).fit(Xrm, yr), Xrm[::13])
    case("tree monotonic", DecisionTreeClassifier(monotonic_cst=[0, 0, 1, 0], max_depth=3).fit(X[:100], y[:100]), rows)
if VERSION >= (1, 6):
    case("extra trees missing", ExtraTreesClassifier(**small).fit(Xm, y), rows_m)
if VERSION >= (0, 24):
    reg("tree poisson", DecisionTreeRegressor(criterion="poisson", max_depth=3), np.abs(yr))
if len(sys.argv) > 2:  # every fourth case, from this one on: releases between share the work
    golden.cases = golden.cases[int(sys.argv[2]) :: 4]
golden.save()
