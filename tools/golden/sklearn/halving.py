"""Golden cases of searches by successive halving.

Usage: python halving.py OUT_FOLDER  (made with scikit-learn 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import sklearn
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from golden import Golden

X, y = load_iris(return_X_y=True)
golden = Golden("%s/halving-%s.json" % (sys.argv[1], sklearn.__version__))
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
grid = {"logisticregression__C": [0.01, 0.1, 1]}
golden.case("halving grid", HalvingGridSearchCV(model, grid, cv=3, random_state=0).fit(X, y), X[::29])
golden.case("halving random", HalvingRandomSearchCV(model, grid, cv=3, random_state=0).fit(X, y), X[::29])
golden.save()
