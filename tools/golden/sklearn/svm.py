"""Golden cases of sklearn.svm (libsvm).

Usage: python svm.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.datasets import load_iris
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from golden import Golden

rng = np.random.RandomState(0)
iris = load_iris()
X, y = iris.data[::5], iris.target[::5]
rows = iris.data[1::17] + 0.03 * rng.randn(9, 4)
names = iris.target_names[y]
# five classes that overlap, so that votes tie
many = rng.randn(40, 3)
many_y = rng.randint(0, 5, 40) * 10
many_rows = rng.randn(8, 3)
target = X[:, 0] * 2 - X[:, 2] + 0.1 * rng.randn(len(X))


def scale(model):
    """The largest term summed is a dual coefficient times a kernel value; rbf and sigmoid kernels stay below 1."""
    top = np.abs(model._dual_coef_.toarray() if sp.issparse(model._dual_coef_) else model._dual_coef_).max()
    return {"decision_function": float(top), "predict": float(top) if isinstance(model, (SVR, NuSVR)) else 0.0}


golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows):
    golden.case(name, model, rows, methods=("predict", "predict_proba", "decision_function"), scale=scale(model))


case("svc rbf", SVC().fit(X, y), rows)
case("svc rbf probability", SVC(probability=True, random_state=0).fit(X, y), rows)
case("svc linear ovo strings", SVC(kernel="linear", decision_function_shape="ovo").fit(X, names), rows)
case("svc poly coef0 degree 2", SVC(kernel="poly", degree=2, coef0=1.5, gamma="auto").fit(X, y), rows)
case("svc poly degree 5", SVC(kernel="poly", degree=5, gamma=0.2).fit(X, y), rows)
case("svc sigmoid", SVC(kernel="sigmoid", gamma=0.01, coef0=-0.3).fit(X, y), rows)
case("svc binary", SVC().fit(X[y > 0], y[y > 0]), rows)
case("svc binary probability strings", SVC(probability=True, random_state=1, kernel="linear").fit(X[y > 0], names[y > 0]), rows)
case("svc weights", SVC(class_weight={0: 1, 1: 5, 2: 0.5}).fit(X, y), rows)
case("svc five classes", SVC(probability=True, random_state=2).fit(many, many_y), many_rows)
case("svc five classes break_ties", SVC(break_ties=True).fit(many, many_y), many_rows)
case("svc five classes ovo", SVC(decision_function_shape="ovo", gamma=2.0).fit(many, many_y.astype(float)), many_rows)
case("nusvc", NuSVC(nu=0.3).fit(X, y), rows)
case("nusvc binary probability", NuSVC(nu=0.2, probability=True, random_state=3).fit(X[y > 0], y[y > 0]), rows)
case("svr rbf", SVR().fit(X, target), rows)
case("svr poly", SVR(kernel="poly", C=0.5, epsilon=0.2).fit(X, target), rows)
case("nusvr linear", NuSVR(kernel="linear", nu=0.4).fit(X, target), rows)
case("one class", OneClassSVM(nu=0.2, gamma=0.3).fit(X), np.vstack([rows, rows * 2]))
sparse = sp.csr_matrix(np.where(np.abs(many) > 0.5, many, 0))
sparse_rows = sp.csr_matrix(np.where(np.abs(many_rows) > 0.5, many_rows, 0))
case("svc sparse", SVC(probability=True, random_state=4).fit(sparse, many_y), sparse_rows)
case("svc sparse poly", SVC(kernel="poly", coef0=1).fit(sparse, many_y), sparse_rows)
case("svr sparse linear", SVR(kernel="linear").fit(sparse, many_y / 10.0), sparse_rows)
case("svc sparse fit, dense rows", SVC(kernel="linear").fit(sparse, many_y), sparse_rows.toarray())
case("svc float32", SVC().fit(X.astype(np.float32), y), rows.astype(np.float32))
golden.save()
