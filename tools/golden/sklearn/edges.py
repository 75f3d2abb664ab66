"""Golden cases of fits at the edge: one class only, all-zero votes, vanishing norms, a sigmoid that did not fit, ties.

Usage: python edges.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 1.0.2, 1.4.2, 1.8.0 with LightGBM 4.7.0, and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import Normalizer, PowerTransformer
from sklearn.svm import NuSVC
from sklearn.tree import DecisionTreeClassifier

from golden import Golden

rng = np.random.RandomState(0)
X = rng.randn(45, 3).round(3)
y = np.repeat(["a", "b", "c"], 15)
X[y == "b"] += 2
X[y == "c", 1] -= 3
rows = np.array([X[0], X[20], X[40], [0, 0, 0], [1e5, -1e5, 1e5]])
one = np.full(45, "only")
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))

mlp = MLPClassifier(hidden_layer_sizes=(2,), max_iter=20, random_state=0).fit(X, one)
mlp.__dict__.pop("_optimizer", None)
golden.case("MLP of one class", mlp, rows, methods=("predict", "predict_proba"))
samme = {"algorithm": "SAMME"} if sklearn.__version__ < "1.6" else {}
if not "1.3" <= sklearn.__version__ < "1.6":  # those divide by the number of the other classes: none
    one_class = AdaBoostClassifier(n_estimators=3, random_state=0, **samme).fit(X, one)
    golden.case("AdaBoost of one class", one_class, rows, methods=("predict", "predict_proba", "decision_function"))
for name, model in (("never", DummyClassifier(strategy="most_frequent")), ("far away", GaussianNB())):
    golden.case("one against the rest, " + name, OneVsRestClassifier(model).fit(X, y), rows, methods=("predict_proba",))
near_zero = np.array([[1e-310, 0, 1e-310], [1e-16, -1e-16, 0], [1e-14, 2e-14, 0], [0, 0, 0], [1, -2, 2]])
for norm in ("l1", "l2", "max"):
    golden.case("Normalizer near zero, " + norm, Normalizer(norm=norm).fit(X), near_zero, methods=("transform",))
    golden.case("Normalizer near zero, sparse, " + norm, Normalizer(norm=norm).fit(X), sp.csr_matrix(near_zero[1:]), methods=("transform",))
if sklearn.__version__ >= "1.0":
    from sklearn.preprocessing import SplineTransformer

    flat = np.column_stack([X[:, 0], np.full(45, -2.0)])
    periodic = SplineTransformer(n_knots=5, extrapolation="periodic").fit(flat)
    golden.case("periodic splines of a constant", periodic, flat[:4] * 1.5, methods=("transform",))
yeo_johnson = PowerTransformer(standardize=False).fit(X.astype(np.float32))
golden.case("powers fitted on float32", yeo_johnson, X[:6], methods=("transform",), scale={"transform": 10.0})
argument = "estimator" if sklearn.__version__ >= "1.2" else "base_estimator"
bagged = BaggingClassifier(n_estimators=4, random_state=0, **{argument: NearestCentroid(metric="manhattan")}).fit(X, y)
golden.case("bagged centroids of another metric", bagged, rows, methods=("predict", "predict_proba"))
if sklearn.__version__ < "1.1":  # later ones refuse to fit it
    tiny = NuSVC(kernel="sigmoid", nu=0.1, coef0=-0.2, gamma="auto", probability=True, random_state=1).fit(X * 1e-9, y)
    golden.case("NuSVC whose sigmoid did not fit", tiny, rows * 1e-9, methods=("predict_proba",))
if sklearn.__version__ < "1.5":  # later ones leave the choice among equals to how numpy was built
    grid = sp.csr_matrix((np.indices((9, 2, 4)).reshape(3, -1).T[rng.permutation(72)] % 2).astype(float))
    kinds = rng.randint(0, 2, 72)
    golden.case("KNN of sparse rows with ties", KNeighborsClassifier(algorithm="brute").fit(grid, kinds), grid[:9], methods=("predict_proba",))
targets = np.column_stack([y, y == "b"])
golden.case("tree of two targets", DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, targets), rows, methods=("predict", "predict_proba"))
try:
    from lightgbm import LGBMClassifier
    from sklearn.calibration import CalibratedClassifierCV

    small = dict(n_estimators=3, num_leaves=3, min_child_samples=4, verbose=-1)
    for name, kept in (("two", y != "c"), ("three", y != "z")):
        golden.case("LGBMClassifier's decision of %s classes" % name, LGBMClassifier(**small).fit(X[kept], y[kept]), rows)
        calibrated = CalibratedClassifierCV(LGBMClassifier(**small), cv=2).fit(X[kept], y[kept])
        golden.case("calibrated by LightGBM's decision of %s classes" % name, calibrated, rows, methods=("predict", "predict_proba"))
except ImportError:
    pass
golden.save()
