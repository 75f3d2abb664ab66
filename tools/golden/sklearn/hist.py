"""Golden cases of HistGradientBoosting.

Usage: python hist.py OUT_FOLDER [FIRST]
Made in full with scikit-learn 0.22.2.post1 and 1.9.1; with FIRST = 1, 2, 3, 0, 1, 2 with 0.24.2, 1.0.2, 1.2.2,
1.3.2, 1.5.2 and 1.7.2.
"""
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_iris, make_regression

from golden import Golden

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
if VERSION < (1, 0):
    from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

rng = np.random.RandomState(0)
iris = load_iris()
X = iris.data + rng.uniform(-0.05, 0.05, iris.data.shape)
y = iris.target
names = iris.target_names[y]
Xr, yr = make_regression(n_samples=200, n_features=4, noise=5.0, random_state=1)
Xm = X.copy()
Xm[rng.uniform(size=X.shape) < 0.15] = np.nan
rows = np.vstack([X[::25], rng.uniform(-1, 9, (4, 4)), [[np.nan] * 4], [[np.inf, -np.inf, 1.0, 2.0]]])
rows_m = np.vstack([Xm[::13], rows])
rows_r = np.vstack([Xr[::21], rng.normal(0, 2, (4, 4))])
small = dict(max_iter=4, max_leaf_nodes=6, random_state=0, min_samples_leaf=8, max_bins=40)

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))
case = golden.case
scores = {"decision_function": 10.0}
wide = {"predict": float(np.abs(yr).max() * 4)}

case("multi", HistGradientBoostingClassifier(**small).fit(X, y), rows, scale=scores)
case("strings missing", HistGradientBoostingClassifier(**small).fit(Xm, names), rows_m, scale=scores)
case("binary", HistGradientBoostingClassifier(**small).fit(X[:100], names[:100]), rows, scale=scores)
case("binary bool", HistGradientBoostingClassifier(**small).fit(Xm, y == 1), rows_m, scale=scores)
case("early stop", HistGradientBoostingClassifier(max_iter=6, max_leaf_nodes=4, max_bins=30, n_iter_no_change=2, random_state=0, **({"early_stopping": True} if VERSION >= (0, 23) else {})).fit(X, y), rows, scale=scores)
case("l2 bins", HistGradientBoostingClassifier(l2_regularization=2.0, max_bins=12, max_depth=2, max_iter=4).fit(X, y), rows, scale=scores)
losses = ["squared_error", "absolute_error"] if VERSION >= (1, 0) else ["least_squares"] + (["least_absolute_deviation"] if VERSION >= (0, 22) else [])
for loss in losses:
    case(loss, HistGradientBoostingRegressor(loss=loss, **small).fit(Xr, yr), rows_r, scale=wide)
if VERSION >= (0, 23):
    case("poisson", HistGradientBoostingRegressor(loss="poisson", **small).fit(Xr, np.abs(yr)), rows_r)
    case("monotonic", HistGradientBoostingRegressor(monotonic_cst=[1, 0, -1, 0], **small).fit(Xr, yr), rows_r, scale=wide)
if VERSION >= (1, 1):
    case("quantile", HistGradientBoostingRegressor(loss="quantile", quantile=0.8, **small).fit(Xr, yr), rows_r, scale=wide)
if VERSION >= (1, 3):
    case("gamma", HistGradientBoostingRegressor(loss="gamma", **small).fit(Xr, np.abs(yr) + 0.1), rows_r)
if VERSION < (1, 0):
    case("binary_crossentropy", HistGradientBoostingClassifier(loss="binary_crossentropy", **small).fit(X[:100], y[:100]), rows, scale=scores)
    case("categorical_crossentropy", HistGradientBoostingClassifier(loss="categorical_crossentropy", **small).fit(X, y), rows, scale=scores)
if VERSION >= (0, 24):
    Xc = Xr.copy()
    Xc[:, 1] = rng.randint(0, 12, len(Xc))
    Xc[:, 3] = rng.randint(0, 40, len(Xc))
    yc = yr + 30 * (Xc[:, 1] % 3) - 20 * (Xc[:, 3] % 5 == 0)
    Xc[rng.uniform(size=len(Xc)) < 0.1, 1] = np.nan
    odd = Xc[:8].copy()
    odd[:, 1] = [0, 11, 12, 31, 99, -1, np.nan, 200]
    odd[:, 3] = [39, 40, 41, 63, 64, np.nan, 5, 250]
    rows_c = np.vstack([Xc[::14], odd])
    for flags in ([1, 3], [False, True, False, True]):
        case("categories %s" % flags, HistGradientBoostingRegressor(categorical_features=flags, **small).fit(Xc, yc), rows_c, scale=wide)
    case("categories classifier", HistGradientBoostingClassifier(categorical_features=[3], **small).fit(Xc, yc > yc.mean()), rows_c, scale=scores)
    if VERSION >= (1, 4):
        import pandas as pd

        frame = pd.DataFrame(Xc, columns=list("abcd"))
        frame["b"] = pd.Categorical(np.array(["red", "green", "blue", "tan"])[Xc[:, 3].astype(int) % 4])
        frame["d"] = Xc[:, 3].astype(int)
        ask = frame[::14].copy()
        ask["b"] = ask["b"].astype(object)
        ask.iloc[0, 1] = "violet"
        ask.iloc[1, 1] = None
        for kind in ["from_dtype", ["b", "d"]]:
            model = HistGradientBoostingRegressor(categorical_features=kind, **small).fit(frame, yc)
            ask_typed = ask.copy()
            if kind == "from_dtype":
                ask_typed["b"] = ask_typed["b"].astype("category")
            case("frame %s" % kind, model, ask_typed, scale=wide)
if len(sys.argv) > 2:  # every fourth case, from this one on: releases between share the work
    golden.cases = golden.cases[int(sys.argv[2]) :: 4]
golden.save()
