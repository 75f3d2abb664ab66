"""Golden cases of sklearn.kernel_ridge, kernel_approximation, random_projection, covariance and semi_supervised.

Usage: python kernel.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.covariance import EllipticEnvelope
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.kernel_ridge import KernelRidge
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

from golden import Golden

rng = np.random.RandomState(0)
X = rng.randn(16, 4).round(2)
y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
rows = rng.randn(4, 4).round(2)
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, data=rows):
    golden.case(name, model, data, methods=("predict", "predict_proba", "decision_function", "transform"), scale={"predict": 100.0, "predict_proba": 1.0, "decision_function": 100.0, "transform": 10.0})


for kernel in ("linear", "polynomial", "rbf", "sigmoid", "laplacian", "cosine"):
    case("ridge " + kernel, KernelRidge(kernel=kernel, alpha=0.5).fit(X, X[:, 0] * 2))
case("ridge two outputs", KernelRidge(kernel="rbf", gamma=0.3).fit(X, X[:, :2]))
case("ridge chi2", KernelRidge(kernel="chi2", gamma=0.7).fit(np.abs(X), X[:, 0]), np.abs(rows))
case("nystroem", Nystroem(n_components=4, random_state=0).fit(X))
case("nystroem poly", Nystroem(kernel="poly", degree=2, coef0=1, gamma=0.2, n_components=3, random_state=0).fit(X))
case("rbf sampler", RBFSampler(gamma=0.2, n_components=5, random_state=0).fit(X))
case("gaussian projection", GaussianRandomProjection(3, random_state=0).fit(X))
case("sparse projection", SparseRandomProjection(3, random_state=0).fit(X))
case("sparse projection sparse", SparseRandomProjection(3, random_state=0).fit(sp.csr_matrix(X)), sp.csr_matrix(rows))
case("envelope", EllipticEnvelope(random_state=0).fit(X), np.vstack([rows, rows * 9]))
case("propagation", LabelPropagation(gamma=0.5).fit(X, np.where(X[:, 3] > 0, y, -1)))
case("propagation knn", LabelPropagation(kernel="knn", n_neighbors=3).fit(X, y))
case("spreading", LabelSpreading(gamma=0.5).fit(X, y))
golden.save()
