"""Golden cases of sklearn.discriminant_analysis.

Usage: python discriminant_analysis.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as LDA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis as QDA

from golden import Golden

rng = np.random.RandomState(0)
iris = load_iris()
X, y = iris.data[::3], iris.target[::3]
names = iris.target_names[y]
rows = np.vstack([iris.data[1::17], iris.data[2::50] * 20])
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)
scale = {"decision_function": 3e4, "transform": 1e3, "predict_log_proba": 3e4, "predict_proba": 1.0}


def case(name, model, rows, **kwargs):
    golden.case(name, model, rows, methods=("predict", "predict_proba", "predict_log_proba", "decision_function", "transform"), scale=scale, **kwargs)


release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
case("lda svd", LDA().fit(X, y), rows, names_out=release >= (1, 2))
case("lda one component", LDA(n_components=1, store_covariance=True).fit(X, names), rows)
case("lda eigen shrinkage", LDA(solver="eigen", shrinkage="auto").fit(X, y), rows)
case("lda lsqr", LDA(solver="lsqr", priors=[0.2, 0.3, 0.5]).fit(X, y), rows)
case("lda binary", LDA().fit(X[y > 0], names[y > 0]), rows)
case("lda float32", LDA().fit(X.astype(np.float32), y), rows[:9].astype(np.float32))
case("qda", QDA().fit(X, y), rows)
case("qda strings priors", QDA(priors=[0.2, 0.3, 0.5], store_covariance=True).fit(X, names), rows)
case("qda binary reg", QDA(reg_param=0.1).fit(X[y > 0], y[y > 0]), rows)
if release >= (1, 8):
    case("qda eigen", QDA(solver="eigen", shrinkage=0.2).fit(X, y), rows)
golden.save()
