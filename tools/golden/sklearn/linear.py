"""Golden cases of sklearn.linear_model.

Usage: python linear.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from golden import Golden

rng = np.random.RandomState(0)
iris = load_iris()
X, y = iris.data, iris.target
rows = X[::19]

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))
golden.case("logistic", LogisticRegression(max_iter=1000).fit(X, y), rows)
golden.case("logistic binary", LogisticRegression(max_iter=1000).fit(X[:100], y[:100]), rows)
golden.case("logistic strings", LogisticRegression(max_iter=1000).fit(X, iris.target_names[y]), rows)
golden.save()
