"""Golden cases of sklearn.naive_bayes.

Usage: python naive_bayes.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.datasets import load_iris
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB

from golden import Golden

rng = np.random.RandomState(0)
iris = load_iris()
X, y = iris.data[::3], iris.target[::3]
names = iris.target_names[y]
rows = iris.data[1::17]
counts = rng.poisson(1.5, (40, 6)).astype(float)
labels = rng.randint(0, 3, 40)
count_rows = rng.poisson(1.5, (8, 6)).astype(float)
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows, scale=100.0):
    # an error of the log joint likelihood is a relative error of the probability
    golden.case(name, model, rows, methods=("predict", "predict_proba", "predict_log_proba"), scale={"predict_log_proba": scale, "predict_proba": 1.0})


case("gaussian", GaussianNB().fit(X, y), rows)
case("gaussian strings", GaussianNB(var_smoothing=1e-3).fit(X, names), rows)
case("gaussian binary priors", GaussianNB(priors=[0.2, 0.8]).fit(X[y > 0], y[y > 0]), rows)
case("gaussian float32", GaussianNB().fit(X.astype(np.float32), y), rows.astype(np.float32))
for cls in (MultinomialNB, ComplementNB, BernoulliNB):
    name = cls.__name__
    case(name, cls().fit(counts, labels), count_rows)
    case(name + " sparse", cls(alpha=0.3).fit(sp.csr_matrix(counts), labels), sp.csr_matrix(count_rows))
    case(name + " binary strings", cls(fit_prior=False).fit(counts, np.where(labels > 1, "spam", "ham")), count_rows)
case("ComplementNB norm", ComplementNB(norm=True).fit(counts, labels), count_rows)
case("BernoulliNB binarize None", BernoulliNB(binarize=None).fit((counts > 1) * 1.0, labels), (count_rows > 1) * 1.0)
case("BernoulliNB binarize 1", BernoulliNB(binarize=1.0).fit(counts, labels), count_rows)
whole = np.vstack([np.minimum(counts, 3), np.tile(np.arange(4.0), (6, 1)).T])
case("CategoricalNB", CategoricalNB().fit(whole, np.append(labels, [0, 1, 2, 0])), np.minimum(count_rows, 3))
case("CategoricalNB int", CategoricalNB(alpha=0.5).fit(whole.astype(int), np.append(labels, [0, 1, 2, 0])), np.minimum(count_rows, 3).astype(int))
golden.save()
