"""Golden cases of estimators fitted on float32: rows of float64, as JSON has them, and of float32; and the other way round.

Usage: python float32_fits.py OUT_FOLDER  (made with scikit-learn 1.2.2, 1.7.2 and 1.9.1)
"""
import sys
import warnings

import numpy as np
import sklearn
from sklearn.cluster import Birch
from sklearn.cross_decomposition import CCA, PLSSVD, PLSRegression
from sklearn.decomposition import PCA, FastICA, IncrementalPCA, KernelPCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, QuantileTransformer, StandardScaler
from sklearn.random_projection import SparseRandomProjection

from golden import Golden

warnings.simplefilter("ignore")
rng = np.random.RandomState(0)
X = (rng.randn(40, 4) * [1, 10, 0.1, 3] + [0, 60, 0, 5]).astype(np.float32)
y = (X[:, 0] + X[:, 3] > 5).astype(int)
t = (X[:, 0] * 3 + X[:, 1]).astype(np.float32)
rows = X[:5].astype(np.float64) * 1.01
gaps = rows.copy()
gaps[1, 1] = gaps[2, 0] = gaps[4, 3] = np.nan
# Sums of float32 lose little where nothing is far from zero.
near = X - np.float32([0, 60, 0, 5])
near_rows = near[:5].astype(np.float64) * 1.01
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))


def case(name, model, x=rows, tolerance=1e-11, single=None, trained=X):
    """single: the tolerance for rows of float32, where these are asked for too."""
    model.fit(trained, t if name.endswith("regression") else y)
    golden.case(name, model, x, tolerance=tolerance)
    if single is not None:
        golden.case(name + ", float32 rows", model, x.astype(np.float32), tolerance=single)


# A product of two float32 arrays is summed in BLAS's own order, and a logarithm's last bit is numpy's own.
case("PCA", PCA(2), x=near_rows, trained=near, tolerance=3e-7)
case("PCA, whitened", PCA(2, whiten=True), x=near_rows, trained=near, tolerance=3e-7)
case("incremental PCA", IncrementalPCA(2), x=near_rows, trained=near, tolerance=3e-7)
for kernel in ("linear", "rbf", "poly"):
    case("kernel PCA, " + kernel, KernelPCA(2, kernel=kernel), tolerance=1e-9)
case("QDA", QuadraticDiscriminantAnalysis(reg_param=0.1), tolerance=3e-7)
case("Gaussian naive Bayes", GaussianNB(), tolerance=1e-7)
for kind in ("diag", "spherical"):
    case("mixture, " + kind, GaussianMixture(2, covariance_type=kind, random_state=0), x=near_rows, trained=near, tolerance=1e-6)
for strategy in ("mean", "median", "most_frequent"):
    case("imputer, " + strategy, SimpleImputer(strategy=strategy), gaps, single=1e-7)
case("imputer, constant", SimpleImputer(strategy="constant", fill_value=0.1), gaps, single=1e-7)
case("imputer, indicator", SimpleImputer(add_indicator=True), gaps, single=1e-7)
case("imputer in a pipeline", make_pipeline(SimpleImputer(), StandardScaler()), gaps)
case("neighbours' imputer", KNNImputer(n_neighbors=3), gaps, tolerance=2e-7)
case("SGD", SGDClassifier(random_state=0), single=1e-6)
case("SGD of regression", SGDRegressor(random_state=0, eta0=1e-5), single=1e-6)
case("perceptron", Perceptron(random_state=0), single=1e-5)
case("kernel ridge of regression", KernelRidge(kernel="rbf"), tolerance=1e-9, single=1e-4)
case("sparse random projection", SparseRandomProjection(2, random_state=0), single=1e-5)
case("quantiles", QuantileTransformer(n_quantiles=10), single=1e-6)

# Fitted on float64, asked with float32.
wide = near.astype(np.float64)
for name, model, tolerance in (
    ("PLS of regression", PLSRegression(2), 1e-10),
    ("CCA", CCA(1), 1e-10),
    ("PLS SVD", PLSSVD(1), 1e-10),
    ("ICA", FastICA(2, random_state=0), 1e-10),
    ("mixture", GaussianMixture(2, covariance_type="diag", random_state=0), 1e-9),
    ("spherical mixture", GaussianMixture(2, covariance_type="spherical", random_state=0), 1e-7),
    ("Birch", Birch(threshold=3), 1e-9),
    ("local outlier factor", LocalOutlierFactor(n_neighbors=5, novelty=True), 1e-13),
    # The last bit of a float32 logarithm and of a float32 power is the C library's own.
    ("Yeo-Johnson", PowerTransformer(standardize=False), 2e-7),
    ("Yeo-Johnson, standardised", PowerTransformer(), 3e-7),
):
    model.fit(wide, np.asarray(t, dtype=float) if "PLS" in name or "CCA" in name else None)
    golden.case(name + ", fitted on float64", model, near_rows.astype(np.float32), tolerance=tolerance)
positive = np.abs(wide) + 0.5
box_cox = PowerTransformer("box-cox", standardize=False).fit(positive)
golden.case("Box-Cox, fitted on float64", box_cox, positive[:5].astype(np.float32), tolerance=1e-7)
golden.save()
