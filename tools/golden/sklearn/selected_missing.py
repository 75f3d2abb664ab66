"""Golden cases of feature selection on rows with missing and infinite values: what the wrapped estimator's tags let through.

Usage: python selected_missing.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 1.2.2, 1.4.2, 1.7.2 and 1.9.1)

The file is {version, rows: {name: input}, cases: [{name, model, answers: {row name: output or null}}]}; null is a refusal.
"""
import base64
import json
import pickle
import sys
import warnings
import zlib

import numpy as np
import sklearn
from sklearn import feature_selection as fs
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from golden import encode_array, encode_input

warnings.simplefilter("ignore")
release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
if release < (1, 0):
    from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
from sklearn.ensemble import HistGradientBoostingClassifier

rng = np.random.RandomState(0)
X = rng.randn(60, 4).round(2)
X[:, 3] *= 0.01
y = (X[:, 1] + X[:, 2] > 0).astype(int)
rows = {"missing": X[:3].copy(), "missing where it is dropped": X[:3].copy(), "infinite": X[:3].copy()}
rows["missing"][1, 1] = np.nan
rows["missing where it is dropped"][2, 3] = np.nan
rows["infinite"][0, 2] = -np.inf
cases = []


def case(name, model):
    model.fit(X, y)
    answers = {}
    for kind, x in rows.items():
        try:
            answers[kind] = encode_array(model.transform(x))
        except ValueError:
            answers[kind] = None
    saved = zlib.compress(pickle.dumps(model, 4), 9)
    cases.append({"name": name, "model": base64.b64encode(saved).decode("ascii"), "answers": answers})


tree = {"max_depth": 3, "random_state": 0}
few = {"n_estimators": 3, "max_depth": 3, "random_state": 0}
absolute = "absolute_error" if release >= (1, 0) else "mae"
case("variance", fs.VarianceThreshold(0.01))
case("kbest", fs.SelectKBest(k=2))
case("model, logistic", fs.SelectFromModel(LogisticRegression()))
case("model, tree", fs.SelectFromModel(DecisionTreeClassifier(**tree)))
case("model, random tree", fs.SelectFromModel(DecisionTreeClassifier(splitter="random", **tree)))
case("model, tree by absolute error", fs.SelectFromModel(DecisionTreeRegressor(criterion=absolute, **tree)))
case("model, extra tree", fs.SelectFromModel(ExtraTreeClassifier(**tree)))
case("model, extra tree by absolute error", fs.SelectFromModel(ExtraTreeRegressor(criterion=absolute, **tree)))
case("model, forest", fs.SelectFromModel(RandomForestClassifier(**few)))
case("model, forest by absolute error", fs.SelectFromModel(RandomForestRegressor(criterion=absolute, **few)))
case("model, extra trees", fs.SelectFromModel(ExtraTreesClassifier(**few)))
case("model, boosting", fs.SelectFromModel(GradientBoostingClassifier(**few)))
case("rfe, logistic", fs.RFE(LogisticRegression(), n_features_to_select=2))
case("rfe, forest", fs.RFE(RandomForestClassifier(**few), n_features_to_select=2))
case("rfecv, logistic", fs.RFECV(LogisticRegression(), cv=2))
case("rfe, model, forest", fs.RFE(RandomForestClassifier(**few), n_features_to_select=2))
if release >= (0, 24):
    hist = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5)
    for name, model in (
        ("logistic", LogisticRegression()),
        ("hist", hist),
        ("hist in a pipeline", make_pipeline(StandardScaler(), hist)),
        ("bagging", BaggingClassifier(n_estimators=2, random_state=0)),
        ("bagged logistic", BaggingClassifier(LogisticRegression(), n_estimators=2, random_state=0)),
        ("vote of a tree and hist", VotingClassifier([("a", DecisionTreeClassifier(**tree)), ("b", hist), ("c", "drop")])),
        ("stack of logistic and hist", StackingClassifier([("a", LogisticRegression()), ("b", hist)], cv=2)),
        ("neighbours", KNeighborsClassifier(3)),
        ("neighbours with missing values", KNeighborsClassifier(3, metric="nan_euclidean")),
    ):
        case("sequential, " + name, fs.SequentialFeatureSelector(model, n_features_to_select=2, cv=2))
inputs = {kind: encode_input(x) for kind, x in rows.items()}
with open("%s/%s.json" % (sys.argv[1], sklearn.__version__), "w") as out:
    out.write('{"library": "scikit-learn", "version": %s, "rows": %s, "cases": [\n' % (json.dumps(sklearn.__version__), json.dumps(inputs)))
    out.write(",\n".join(json.dumps(one, separators=(",", ":")) for one in cases))
    out.write("\n]}\n")
