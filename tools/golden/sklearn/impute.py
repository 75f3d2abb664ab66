"""Golden cases of sklearn.impute.

Usage: python impute.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer

from golden import Golden

release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
X = rng.randn(18, 4).round(2)
X[rng.rand(18, 4) < 0.25] = np.nan
X[:, 3] = rng.randn(18).round(2)
rows = rng.randn(7, 4).round(3)
rows[rng.rand(7, 4) < 0.35] = np.nan
empty = X.copy()
empty[:, 1] = np.nan

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows, names_out=True, **kwargs):
    golden.case(name, model, rows, methods=("transform",), names_out=names_out and release >= (1, 1), **kwargs)


for strategy in ("mean", "median", "most_frequent", "constant"):
    case("simple " + strategy, SimpleImputer(strategy=strategy).fit(X), rows)
    case("simple indicator " + strategy, SimpleImputer(strategy=strategy, add_indicator=True).fit(X), rows)
    case("simple empty column " + strategy, SimpleImputer(strategy=strategy).fit(empty), rows)
    case("simple float32 " + strategy, SimpleImputer(strategy=strategy, add_indicator=True).fit(X.astype(np.float32)), rows.astype(np.float32))
case("simple fill_value", SimpleImputer(strategy="constant", fill_value=-7.5).fit(X), rows)
case("simple missing -1", SimpleImputer(missing_values=-1, strategy="mean").fit(np.nan_to_num(X, nan=-1) if release >= (0, 23) else np.where(np.isnan(X), -1, X)), np.where(np.isnan(rows), -1, rows))
case("simple int", SimpleImputer(missing_values=0, strategy="most_frequent").fit(np.array([[1, 0], [2, 5], [2, 5]])), np.array([[0, 0], [7, 3]]))
if release >= (1, 2):
    case("simple keep empty", SimpleImputer(keep_empty_features=True, add_indicator=True).fit(empty), rows)
    case("simple keep empty constant", SimpleImputer(strategy="constant", fill_value=3.0, keep_empty_features=True).fit(empty), rows)
text = np.array([["a", "x"], [np.nan, "y"], ["b", np.nan], ["b", "y"]], dtype=object)
case("simple text most_frequent", SimpleImputer(strategy="most_frequent").fit(text), text)
case("simple text constant", SimpleImputer(strategy="constant").fit(text), text)
case("simple text fill", SimpleImputer(strategy="constant", fill_value="none").fit(text), text)
case("simple text missing ?", SimpleImputer(strategy="most_frequent", missing_values="?").fit(np.where(text != text, "?", text).astype(object)), np.array([["?", "z"], ["c", "?"]], dtype=object))
case("simple text indicator", SimpleImputer(strategy="most_frequent", add_indicator=True).fit(text), text, names_out=False)
none = np.where(pd.isnull(text), None, text)
case("simple text None", SimpleImputer(strategy="most_frequent", missing_values=None).fit(none), none)
mixed = pd.DataFrame({"n": [1.0, np.nan, 3.0, 3.0], "s": ["u", "v", np.nan, "v"]})
case("simple mixed frame", SimpleImputer(strategy="most_frequent").fit(mixed), mixed)
for features in ("missing-only", "all"):
    case("indicator " + features, MissingIndicator(features=features, error_on_new=False).fit(X), rows, names_out=False)
for weights in ("uniform", "distance"):
    case("knn " + weights, KNNImputer(n_neighbors=3, weights=weights).fit(X), rows)
case("knn indicator", KNNImputer(n_neighbors=30, add_indicator=True).fit(X), rows)
case("knn empty column", KNNImputer(n_neighbors=2).fit(empty), rows)
case("knn all missing row", KNNImputer(n_neighbors=2).fit(X), np.vstack([rows, np.full((1, 4), np.nan), X[3:6]]))
if release >= (1, 2):
    case("knn keep empty", KNNImputer(n_neighbors=2, keep_empty_features=True).fit(empty), rows)
scale = {"transform": 3.0}
case("iterative", IterativeImputer(random_state=0, max_iter=5, tol=0.01).fit(X), rows, scale=scale)
case("iterative bounds indicator", IterativeImputer(random_state=0, max_iter=3, min_value=-0.5, max_value=0.5, add_indicator=True).fit(X), rows, scale=scale)
case("iterative median descending", IterativeImputer(random_state=0, max_iter=3, initial_strategy="median", imputation_order="descending", n_nearest_features=2).fit(X), rows, scale=scale)
case("iterative empty column", IterativeImputer(random_state=0, max_iter=3, add_indicator=True).fit(empty), rows, scale=scale)
if release >= (1, 2):
    case("iterative keep empty", IterativeImputer(random_state=0, max_iter=3, keep_empty_features=True).fit(empty), rows, scale=scale)
golden.save()
