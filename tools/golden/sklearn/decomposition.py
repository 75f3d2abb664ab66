"""Golden cases of sklearn.decomposition.

Usage: python decomposition.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, KernelPCA, TruncatedSVD

from golden import Golden

iris = load_iris()
X = iris.data[::3]
rows = iris.data[1::17]
release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows):
    golden.case(name, model.fit(X), rows, methods=("transform",), scale={"transform": 100.0}, names_out=release >= (1, 1))


case("pca", PCA(2), rows)
case("pca whiten", PCA(3, whiten=True), rows)
case("pca share", PCA(0.95), rows)
golden.case("pca float32", PCA(2).fit(X.astype(np.float32)), rows.astype(np.float32), methods=("transform",), scale={"transform": 100.0})
golden.case("pca float32 rows", PCA(2).fit(X), rows.astype(np.float32), methods=("transform",), scale={"transform": 100.0})
case("incremental", IncrementalPCA(2, batch_size=20, whiten=True), rows)
case("svd", TruncatedSVD(2, random_state=0), rows)
golden.case("svd sparse", TruncatedSVD(2, random_state=0).fit(sp.csr_matrix(X)), sp.csr_matrix(rows), methods=("transform",), scale={"transform": 100.0})
for kernel in ("linear", "poly", "rbf", "sigmoid", "cosine"):
    case("kernel " + kernel, KernelPCA(2, kernel=kernel, gamma=0.02, random_state=0), rows)
case("kernel rbf default", KernelPCA(3, kernel="rbf"), rows)
case("ica", FastICA(2, random_state=0), rows)
case("factor analysis", FactorAnalysis(2, random_state=0), rows)
golden.save()
