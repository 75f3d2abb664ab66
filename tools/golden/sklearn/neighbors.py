"""Golden cases of sklearn.neighbors.

Usage: python neighbors.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)

from golden import Golden

release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
iris = load_iris()
X, y = iris.data[::4], iris.target[::4]
names = iris.target_names[y]
# rows with one decimal, as the fitted ones: many are equally far from several
rows = np.vstack([iris.data[1::19], X[:2]])
off = iris.data[1::25] + 0.013 * rng.randn(6, 4)
target = X[:, 0] * 2 - X[:, 2] + 0.1 * rng.randn(len(X))
wide = rng.randn(24, 17)
wide_y = rng.randint(0, 3, 24)
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, rows, methods=("predict", "predict_proba", "predict_log_proba", "decision_function"), **kwargs):
    golden.case(name, model, rows, methods=methods, **kwargs)


KNC, KNR, RNC, RNR = KNeighborsClassifier, KNeighborsRegressor, RadiusNeighborsClassifier, RadiusNeighborsRegressor
case("classifier", KNC().fit(X, y), rows)
case("classifier strings distance", KNC(weights="distance").fit(X, names), rows)
case("classifier ball tree leaf 3", KNC(4, algorithm="ball_tree", leaf_size=3).fit(X, names), rows)
case("classifier kd tree leaf 2 distance", KNC(7, algorithm="kd_tree", leaf_size=2, weights="distance").fit(X, y), rows)
case("classifier brute", KNC(6, algorithm="brute").fit(X, y), off)
case("classifier brute distance", KNC(6, algorithm="brute", weights="distance").fit(X, y), off)
case("classifier wide", KNC(3).fit(wide, wide_y), rng.randn(4, 17))
case("classifier most neighbours", KNC(30, weights="distance").fit(X, y), off)
case("classifier two outputs", KNC(3, weights="distance").fit(X, np.array([y, y > 0]).T.astype(int)), off)
case("classifier column y", KNC(3).fit(X, y.reshape(-1, 1)), off)
for metric in ("manhattan", "chebyshev"):
    for algorithm in ("kd_tree", "ball_tree", "brute"):
        case("classifier %s %s" % (metric, algorithm), KNC(5, metric=metric, algorithm=algorithm, leaf_size=5).fit(X[:25], y[:25]), off)
for metric in ("cosine", "canberra", "braycurtis", "sqeuclidean"):
    case("classifier " + metric, KNC(5, metric=metric, algorithm="brute", weights="distance").fit(X, y), off)
case("classifier p=3", KNC(5, p=3, weights="distance").fit(X[:25], y[:25]), off)
case("classifier p=1.5 ball", KNC(5, p=1.5, algorithm="ball_tree", leaf_size=4).fit(X[:25], y[:25]), off)
case("classifier canberra ball", KNC(5, metric="canberra", algorithm="ball_tree", leaf_size=4).fit(X[:25], y[:25]), off)
case("classifier haversine", KNC(3, metric="haversine", algorithm="ball_tree", leaf_size=4, weights="distance").fit(rng.rand(20, 2), wide_y[:20]), rng.rand(5, 2))
case("classifier seuclidean", KNC(5, metric="seuclidean", metric_params={"V": X.var(0)}, algorithm="brute", weights="distance").fit(X[:25], y[:25]), off)
case("classifier mahalanobis", KNC(5, metric="mahalanobis", metric_params={"VI": np.linalg.inv(np.cov(X.T))} if release >= (1, 0) else {"V": np.cov(X.T)}, algorithm="brute", weights="distance").fit(X[:25], y[:25]), off) if release >= (1, 0) else None
case("regressor", KNR().fit(X, target), rows)
case("regressor distance", KNR(weights="distance").fit(X, target), rows)
case("regressor two outputs", KNR(4).fit(X, np.array([target, y]).T), off)
case("regressor int", KNR(3).fit(X, y), off)
case("regressor float32", KNR(3, algorithm="brute").fit(X.astype(np.float32), target.astype(np.float32)), off.astype(np.float32))
case("radius", RNC(1.0).fit(X, y), off)
case("radius distance strings", RNC(0.8, weights="distance").fit(X, names), off)
case("radius brute", RNC(0.9, algorithm="brute").fit(X, y), off)
far = np.vstack([off[:4], off[:2] + 50])
case("radius outlier label", RNC(0.8, outlier_label=2).fit(X, y), far)
case("radius outlier other label", RNC(0.8, outlier_label=-1).fit(X, y), far)
case("radius outlier most_frequent", RNC(0.8, outlier_label="most_frequent").fit(X, y), far)
case("radius hamming", RNC(0.6, metric="hamming", algorithm="brute").fit(np.round(X), y), np.round(rows))
case("regressor brute near", KNR(4, algorithm="brute", weights="distance").fit(X, target), np.vstack([rows, X[::12] + 1e-7]))
case("regressor brute wide near", KNR(4, weights="distance").fit(wide, wide_y), np.vstack([wide[:3], wide[5:7] + 1e-6]))
case("radius regressor", RNR(0.9).fit(X, target), far)
case("radius regressor distance two outputs", RNR(0.9, weights="distance").fit(X, np.array([target, -target]).T), off)
case("centroid", NearestCentroid().fit(X, names), rows, scale={"decision_function": 1e3, "predict_log_proba": 1e3, "predict_proba": 1.0})
case("centroid manhattan", NearestCentroid(metric="manhattan").fit(X, y), rows, methods=("predict",))
case("centroid shrink", NearestCentroid(shrink_threshold=0.3).fit(X, y), rows, scale={"decision_function": 1e3, "predict_log_proba": 1e3, "predict_proba": 1.0})
if release >= (1, 6):
    case("centroid priors", NearestCentroid(priors=[0.1, 0.2, 0.7]).fit(X, y), rows, scale={"decision_function": 1e3, "predict_log_proba": 1e3, "predict_proba": 1.0})
    case("centroid binary", NearestCentroid(priors="empirical").fit(X[:25], y[:25]), rows, scale={"decision_function": 1e3, "predict_log_proba": 1e3, "predict_proba": 1.0})
case("lof", LocalOutlierFactor(novelty=True).fit(X), np.vstack([rows, far]), methods=("predict", "decision_function"))
case("lof contamination", LocalOutlierFactor(8, novelty=True, contamination=0.1, metric="manhattan").fit(X), rows, methods=("predict", "decision_function"))
golden.save()
