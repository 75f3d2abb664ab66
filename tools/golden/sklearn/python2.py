"""Golden cases of models saved by Python 2, whose text is bytes.

Usage: python python2.py OUT.json  (made with Python 2.7.18, scikit-learn 0.20.4, numpy 1.16.6)
"""
import pickle
import sys

from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from golden import Golden

iris = load_iris()
X, y = iris.data, iris.target
names = iris.target_names[y]
golden = Golden(sys.argv[1])
for name, model, target in (
    ("logistic", LogisticRegression(), names),
    ("forest", RandomForestClassifier(n_estimators=2, max_depth=3, random_state=0), names.astype(object)),
    ("pipeline", make_pipeline(StandardScaler(), LogisticRegression()), y),
    ("grid", GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=3), y),
):
    model.fit(X, target)
    for protocol in (0, 1, 2):
        golden.case("python 2 %s, protocol %d" % (name, protocol), model, X[::29], model_bytes=pickle.dumps(model, protocol))
golden.save()
