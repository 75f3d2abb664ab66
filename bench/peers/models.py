"""Trains the benchmark's models with the libraries of the MLServer environment. `models.py <folder>`"""

import json
import pathlib
import sys

import joblib
import numpy
import xgboost
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

root = pathlib.Path(sys.argv[1])
data, target = load_iris(return_X_y=True)


def settings(name, implementation, uri):
    folder = root / "repository" / name
    folder.mkdir(parents=True, exist_ok=True)
    text = {"name": name, "implementation": implementation, "parameters": {"uri": uri, "version": "1"}}
    (folder / "model-settings.json").write_text(json.dumps(text))
    return folder / uri


sklearn = "mlserver_sklearn.SKLearnModel"
joblib.dump(LogisticRegression(max_iter=1000).fit(data, target), settings("iris", sklearn, "./model.joblib"))
forest = RandomForestClassifier(100, random_state=0).fit(data, target)
joblib.dump(forest, settings("forest", sklearn, "./model.joblib"))
booster = xgboost.XGBClassifier(n_estimators=100, max_depth=4).fit(data, target)
booster.save_model(settings("xgb", "mlserver_xgboost.XGBoostModel", "./model.json"))

random = numpy.random.RandomState(0)
rows = random.rand(10000, 30).astype(numpy.float32)
labels = (rows[:, :10].sum(1) + random.rand(10000) > 5.5).astype(int)
parameters = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.05, "nthread": 2}
large = xgboost.train(parameters, xgboost.DMatrix(rows, labels), num_boost_round=500)
large.save_model(root / "large.ubj")
rows.tofile(root / "large-rows.f32")
