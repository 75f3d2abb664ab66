"""Golden cases of sklearn.neural_network.

Usage: python neural_network.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier, MLPRegressor

from golden import Golden

rng = np.random.RandomState(0)
iris = load_iris()
X, y = iris.data[::3], iris.target[::3]
names = iris.target_names[y]
rows = iris.data[1::17]
target = X[:, 0] * 2 - X[:, 2] + 0.1 * rng.randn(len(X))
release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, *data):
    rows = data[-1]
    model.set_params(max_iter=60, random_state=0)
    model.fit(*data[:-1])
    # the optimiser's state is of no use to a prediction
    for attribute in ("_optimizer", "_random_state", "coef_grads_", "best_coefs_"):
        model.__dict__.pop(attribute, None)
    golden.case(name, model, rows, methods=("predict", "predict_proba", "predict_log_proba"), scale={"predict": 20.0, "predict_proba": 1.0, "predict_log_proba": 20.0} if "regressor" in name else {"predict_proba": 1.0, "predict_log_proba": 20.0})


for activation in ("relu", "tanh", "logistic", "identity"):
    case("classifier " + activation, MLPClassifier(hidden_layer_sizes=(5, 3), activation=activation, learning_rate_init=0.05), X, y, rows)
    case("regressor " + activation, MLPRegressor(hidden_layer_sizes=(4,), activation=activation), X, target, rows)
case("classifier lbfgs strings", MLPClassifier(hidden_layer_sizes=4, solver="lbfgs"), X, names, rows)
case("classifier binary", MLPClassifier(hidden_layer_sizes=(4,), solver="sgd"), X[y > 0], y[y > 0], rows)
case("classifier binary strings", MLPClassifier(hidden_layer_sizes=(4,)), X[y > 0], names[y > 0], rows)
labels = np.array([y > 0, X[:, 0] > 5.5, X[:, 1] > 3]).T.astype(int)
case("classifier multilabel", MLPClassifier(hidden_layer_sizes=(4,), learning_rate_init=0.02), X, labels, rows)
case("regressor two outputs", MLPRegressor(hidden_layer_sizes=(4, 2)), X, np.array([target, -target + 1]).T, rows)
case("classifier sparse", MLPClassifier(hidden_layer_sizes=(4,)), sp.csr_matrix(X), y, sp.csr_matrix(rows))
case("classifier float32", MLPClassifier(hidden_layer_sizes=(4,)), X.astype(np.float32), y, rows.astype(np.float32))
case("regressor float32", MLPRegressor(hidden_layer_sizes=(4,)), X.astype(np.float32), target.astype(np.float32), rows.astype(np.float32))
if release >= (1, 7):
    case("regressor poisson", MLPRegressor(hidden_layer_sizes=(3,), loss="poisson"), X, np.abs(target), rows)
golden.save()
