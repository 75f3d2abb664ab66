"""Golden cases of imbalanced-learn's pipelines, whose samplers do nothing when they answer.

Usage: python imbalanced.py OUT_FOLDER  (made with imbalanced-learn 0.12.4 and scikit-learn 1.5.2)
The file is named after imbalanced-learn's version.
"""
import sys

import imblearn
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from golden import Golden

X, y = load_iris(return_X_y=True)
X, y = X[:120], y[:120]
golden = Golden("%s/imbalanced-%s.json" % (sys.argv[1], imblearn.__version__))
for sampler in (SMOTE(random_state=0), RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)):
    model = make_pipeline(StandardScaler(), sampler, LogisticRegression(max_iter=200)).fit(X, y)
    golden.case("imbalanced %s" % type(sampler).__name__, model, X[::29])
golden.save()
