"""Golden cases of sklearn.cluster.

Usage: python cluster.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.cluster import AffinityPropagation, Birch, KMeans, MeanShift, MiniBatchKMeans
from sklearn.datasets import load_iris

from golden import Golden

iris = load_iris()
X = iris.data[::3]
rows = iris.data[1::11]
release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows, **kwargs):
    # distances come from squares: their error is that of |x|^2
    golden.case(name, model, rows, methods=("predict", "transform"), scale={"transform": 100.0}, **kwargs)


case("kmeans", KMeans(4, random_state=0, n_init=3).fit(X), rows, names_out=release >= (1, 1))
case("kmeans random one", KMeans(1, init="random", random_state=0, n_init=2).fit(X), rows)
case("kmeans float32", KMeans(3, random_state=0, n_init=3).fit(X.astype(np.float32)), rows.astype(np.float32))
case("kmeans sparse", KMeans(3, random_state=0, n_init=3).fit(sp.csr_matrix(X)), sp.csr_matrix(rows))
case("minibatch", MiniBatchKMeans(3, random_state=0, n_init=3).fit(X), rows)
if release >= (1, 1):
    from sklearn.cluster import BisectingKMeans

    case("bisecting", BisectingKMeans(5, random_state=0).fit(X), rows)
golden.case("mean shift", MeanShift().fit(X), rows, methods=("predict",))
golden.case("affinity", AffinityPropagation(damping=0.8).fit(X), rows, methods=("predict",))
if release < (1, 2) or release >= (1, 5):
    golden.case("birch", Birch(n_clusters=3, threshold=0.3).fit(X), rows, methods=("predict",))
golden.save()
