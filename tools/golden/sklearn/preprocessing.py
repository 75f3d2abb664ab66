"""Golden cases of sklearn.preprocessing.

Usage: python preprocessing.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import pandas as pd
import scipy.sparse as sp
import sklearn
from sklearn import preprocessing as pre

from golden import Golden

release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
X = (np.exp(rng.randn(30, 3)) * [1, 10, 0.1] + [0, 5, -0.05]).round(3)
rows = (np.exp(rng.randn(6, 3)) * [1, 12, 0.1] + [0, 5, -0.05]).round(3)
with_nan = rows.copy()
with_nan[1, 0] = np.nan
with_nan[3, 2] = np.nan
small = rows.astype(np.float32)
sparse = sp.csr_matrix(np.where(rng.rand(20, 5) < 0.4, rng.randn(20, 5), 0))

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows, names_out=True, **kwargs):
    golden.case(name, model, rows, methods=("transform",), names_out=names_out and release >= (1, 1), **kwargs)


top = {"transform": 20.0}
case("standard", pre.StandardScaler().fit(X), rows, scale=top)
case("standard no mean", pre.StandardScaler(with_mean=False).fit(X), rows)
case("standard no std", pre.StandardScaler(with_std=False).fit(X), rows, scale=top)
case("standard nan", pre.StandardScaler().fit(X), with_nan, scale=top)
case("standard float32", pre.StandardScaler().fit(X), small, scale=top)
case("standard int", pre.StandardScaler().fit(np.arange(12).reshape(6, 2)), np.arange(6).reshape(3, 2), scale=top)
case("standard constant column", pre.StandardScaler().fit(np.ones((5, 2))), np.ones((2, 2)) * 3)
case("standard sparse", pre.StandardScaler(with_mean=False).fit(sparse), sparse[:6])
case("minmax", pre.MinMaxScaler().fit(X), with_nan, scale=top)
case("minmax range", pre.MinMaxScaler(feature_range=(-3, 2)).fit(X), rows, scale=top)
case("minmax float32", pre.MinMaxScaler().fit(X), small, scale=top)
if release >= (0, 24):
    case("minmax clip", pre.MinMaxScaler(clip=True).fit(X[:10]), rows, scale=top)
case("maxabs", pre.MaxAbsScaler().fit(X), with_nan)
case("maxabs sparse", pre.MaxAbsScaler().fit(sparse), sparse[3:9])
if release >= (1, 8):
    case("maxabs clip", pre.MaxAbsScaler(clip=True).fit(X[:10]), rows)
case("robust", pre.RobustScaler().fit(X), with_nan, scale=top)
case("robust no centering", pre.RobustScaler(with_centering=False, quantile_range=(10, 80)).fit(X), rows)
case("robust no scaling", pre.RobustScaler(with_scaling=False).fit(X), rows, scale=top)
for norm in ("l1", "l2", "max"):
    case("normalizer " + norm, pre.Normalizer(norm=norm).fit(X), np.vstack([rows, np.zeros((1, 3)), -rows[:2]]), names_out=False)
case("normalizer sparse", pre.Normalizer().fit(sparse), sparse[:6], names_out=False)
case("normalizer float32", pre.Normalizer().fit(X), small, names_out=False)
case("binarizer", pre.Binarizer(threshold=1.1).fit(X), rows, names_out=False)
case("binarizer sparse", pre.Binarizer().fit(sparse), sparse[:6], names_out=False)
case("quantile uniform", pre.QuantileTransformer(n_quantiles=15, random_state=0).fit(X), np.vstack([with_nan, X[:5], X.min(0) - 1, X.max(0) + 1]))
case("quantile normal", pre.QuantileTransformer(n_quantiles=30, output_distribution="normal", random_state=0).fit(X), np.vstack([with_nan, X[:5], X.min(0) - 1, X.max(0) + 1]))
case("quantile repeated", pre.QuantileTransformer(n_quantiles=10, output_distribution="normal").fit(np.round(X)), np.vstack([np.round(X[:8]), rows]))
case("power yeo-johnson", pre.PowerTransformer().fit(X - 1), with_nan - 1, scale=top)
case("power yeo-johnson raw", pre.PowerTransformer(standardize=False).fit(X - 1), rows - 1, scale=top)
case("power box-cox", pre.PowerTransformer(method="box-cox").fit(X + 1), with_nan + 1, scale=top)
case("power box-cox raw", pre.PowerTransformer(method="box-cox", standardize=False).fit(X + 1), rows + 1, scale=top)
case("power float32", pre.PowerTransformer().fit(X - 1), (rows - 1).astype(np.float32), scale=top)

cats = np.array([["a", "x"], ["b", "y"], ["c", "x"], ["a", "z"], ["b", "y"], ["d", "x"]], dtype=object)
unknown = np.array([["a", "x"], ["q", "y"], ["d", "w"]], dtype=object)
frame = pd.DataFrame({"city": ["Oslo", u"Troms\u00f8", "Bergen", "Oslo"], "n": [3, 1, 2, 3], "f": [0.5, 1.5, 0.5, 2.5], "b": [True, False, True, True]})
for sparse_output in (True, False):
    option = {"sparse_output" if release >= (1, 2) else "sparse": sparse_output}
    case("onehot sparse=%s" % sparse_output, pre.OneHotEncoder(**option).fit(cats), cats[:4], names_out=True)
case("onehot ignore", pre.OneHotEncoder(handle_unknown="ignore").fit(cats), unknown)
case("onehot numbers", pre.OneHotEncoder(handle_unknown="ignore").fit(np.array([[1, 5], [2, 7], [3, 5]])), np.array([[2, 5], [4, 7]]))
case("onehot floats", pre.OneHotEncoder(handle_unknown="ignore").fit(np.array([[1.5, 5], [2, 7], [3, 5]])), np.array([[1.5, 5], [4, 7]]))
case("onehot frame", pre.OneHotEncoder(handle_unknown="ignore").fit(frame), frame)
case("onehot given categories", pre.OneHotEncoder(categories=[["z", "a", "q"], ["y", "x"]], handle_unknown="ignore").fit(unknown[:2]), cats, names_out=False)
case("onehot drop first", pre.OneHotEncoder(drop="first").fit(cats), cats[:4])
case("onehot drop given", pre.OneHotEncoder(drop=["b", "z"]).fit(cats), cats[:4])
case("onehot dtype", pre.OneHotEncoder(dtype=np.float32).fit(cats), cats[:4], names_out=False)
case("onehot int dtype", pre.OneHotEncoder(dtype=np.int64).fit(cats), cats[:4], names_out=False)
if release >= (0, 23):
    case("onehot drop if_binary", pre.OneHotEncoder(drop="if_binary").fit(cats[:, [1, 1]][:3]), cats[:3, [1, 1]])
if release >= (1, 0):
    nan_cats = np.array([["a", np.nan], ["b", 2.0], [None, 3.0], ["a", 2.0]], dtype=object)
    case("onehot nan and none", pre.OneHotEncoder().fit(nan_cats), nan_cats, names_out=False)
    case("onehot drop and ignore", pre.OneHotEncoder(drop="first", handle_unknown="ignore").fit(cats), unknown)
    nan_numbers = np.array([[1.0, np.nan], [2, 3], [np.nan, 3]])
    case("onehot nan numbers", pre.OneHotEncoder(handle_unknown="ignore").fit(nan_numbers), np.array([[np.nan, np.nan], [5, 3]]))
    case("ordinal nan", pre.OrdinalEncoder().fit(nan_numbers), nan_numbers[::-1])
rare = np.array([["a"] * 6 + ["b"] * 5 + ["c", "d", "d", "e"]], dtype=object).T
rare_rows = np.array([["a", "b", "c", "d", "e", "zz"]], dtype=object).T
if release >= (1, 2):
    for unknown_option in ("ignore", "infrequent_if_exist"):
        case("onehot infrequent " + unknown_option, pre.OneHotEncoder(min_frequency=3, handle_unknown=unknown_option).fit(rare), rare_rows)
    case("onehot max_categories", pre.OneHotEncoder(max_categories=3, drop="first").fit(rare), rare_rows[:5])
    case("onehot infrequent drop", pre.OneHotEncoder(min_frequency=0.3, drop=["b"], handle_unknown="infrequent_if_exist").fit(rare), rare_rows)
case("ordinal", pre.OrdinalEncoder().fit(cats), cats[::-1])
case("ordinal dtype", pre.OrdinalEncoder(dtype=np.int64).fit(cats), cats)
case("ordinal frame", pre.OrdinalEncoder().fit(frame), frame)
if release >= (0, 24):
    case("ordinal unknown", pre.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(cats), unknown)
    case("ordinal unknown nan", pre.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan).fit(cats), unknown)
if release >= (1, 2):
    case("ordinal missing value", pre.OrdinalEncoder(encoded_missing_value=-5).fit(nan_cats), nan_cats)
if release >= (1, 3):
    case("ordinal infrequent", pre.OrdinalEncoder(min_frequency=3, handle_unknown="use_encoded_value", unknown_value=9).fit(rare), rare_rows)
    case("ordinal max_categories", pre.OrdinalEncoder(max_categories=2).fit(rare), rare_rows[:5])
    with_missing = np.array([["a"] * 5 + ["b", "b", "c", None]], dtype=object).T
    case("ordinal infrequent missing", pre.OrdinalEncoder(min_frequency=3, handle_unknown="use_encoded_value", unknown_value=-1).fit(with_missing), with_missing[::-1])
    y = np.arange(6) * 1.5
    case("target continuous", pre.TargetEncoder(smooth=2.0, cv=2).fit(cats, y), unknown)
    case("target binary", pre.TargetEncoder(cv=2).fit(cats, np.array(["n", "p", "n", "n", "p", "p"])), unknown)
if release >= (1, 4):
    case("target multiclass", pre.TargetEncoder(cv=2).fit(cats, np.array([0, 1, 2, 0, 1, 2])), unknown, names_out=False)
case("kbins onehot", pre.KBinsDiscretizer(n_bins=4).fit(X), rows, names_out=False)
case("kbins onehot-dense uniform", pre.KBinsDiscretizer(n_bins=[3, 4, 5], encode="onehot-dense", strategy="uniform").fit(X), rows, names_out=False)
case("kbins ordinal kmeans", pre.KBinsDiscretizer(n_bins=3, encode="ordinal", strategy="kmeans").fit(X), rows)
case("kbins ordinal", pre.KBinsDiscretizer(n_bins=5, encode="ordinal").fit(np.round(X)), np.round(np.vstack([X[:9], X.max(0) + 3, X.min(0) - 3])))
case("kbins float32", pre.KBinsDiscretizer(n_bins=4, encode="ordinal").fit(X), small)
for options in ({}, {"degree": 3}, {"degree": 3, "interaction_only": True}, {"include_bias": False}, {"degree": 1}):
    case("poly %s" % options, pre.PolynomialFeatures(**options).fit(X), rows, names_out=release >= (1, 1))
case("poly float32", pre.PolynomialFeatures().fit(X), small, names_out=False)
case("poly sparse", pre.PolynomialFeatures().fit(sparse), sparse[:4], names_out=False)
case("poly sparse degree 4", pre.PolynomialFeatures(degree=4, interaction_only=True).fit(sparse), sparse[:3], names_out=False)
if release >= (1, 0):
    case("poly degrees", pre.PolynomialFeatures(degree=(2, 3)).fit(X), rows)
    case("poly degrees no bias", pre.PolynomialFeatures(degree=(2, 2), interaction_only=True, include_bias=False).fit(X), rows)
    outside = np.vstack([rows, X.min(0) - 1, X.max(0) + 2])
    for extrapolation in ("constant", "linear", "continue", "periodic"):
        case("spline " + extrapolation, pre.SplineTransformer(extrapolation=extrapolation).fit(X), outside, scale=top)
    case("spline degree 2 quantile no bias", pre.SplineTransformer(degree=2, n_knots=4, knots="quantile", include_bias=False).fit(X), rows, scale=top)
    case("spline linear degree 1", pre.SplineTransformer(degree=1, extrapolation="linear").fit(X), outside, scale=top)
golden.save()
