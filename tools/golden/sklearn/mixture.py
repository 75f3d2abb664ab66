"""Golden cases of sklearn.mixture.

Usage: python mixture.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

from golden import Golden

iris = load_iris()
X = iris.data[::3]
rows = iris.data[1::17]
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)
for covariance in ("full", "tied", "diag", "spherical"):
    # expanded squares over small variances: their terms are large
    scale = {"predict_proba": 1e3}
    golden.case("gaussian " + covariance, GaussianMixture(3, covariance_type=covariance, random_state=0).fit(X), rows, methods=("predict", "predict_proba"), scale=scale)
    golden.case("bayesian " + covariance, BayesianGaussianMixture(n_components=3, covariance_type=covariance, random_state=0, max_iter=300).fit(X), rows, methods=("predict", "predict_proba"), scale=scale)
golden.case("bayesian distribution", BayesianGaussianMixture(n_components=3, weight_concentration_prior_type="dirichlet_distribution", random_state=0, max_iter=300).fit(X), rows, methods=("predict", "predict_proba"), scale=scale)
golden.save()
