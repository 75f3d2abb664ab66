"""Golden cases of sklearn.feature_selection.

Usage: python feature_selection.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn import feature_selection as fs
from sklearn.ensemble import AdaBoostClassifier, ExtraTreesRegressor, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from golden import Golden

release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
X = rng.randn(60, 8).round(2)
y = (X[:, 1] + X[:, 4] > 0).astype(int) + (X[:, 6] > 1)
X[:, 7] = 1.5
rows = rng.randn(5, 8).round(2)
counts = np.abs(X)
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, data=rows, methods=("transform",)):
    golden.case(name, model, data, methods=methods, names_out=release >= (1, 1) and "prefit" not in name)


case("kbest", fs.SelectKBest(k=3).fit(X, y))
case("kbest chi2", fs.SelectKBest(fs.chi2, k=2).fit(counts, y))
case("kbest all", fs.SelectKBest(k="all").fit(X, y))
case("kbest mutual information", fs.SelectKBest(fs.mutual_info_classif, k=4).fit(X, y))
case("kbest regression", fs.SelectKBest(fs.f_regression, k=1).fit(X, X[:, 2] + X[:, 1]))
case("kbest sparse", fs.SelectKBest(fs.chi2, k=2).fit(sp.csr_matrix(counts), y), sp.csr_matrix(np.abs(rows)))
case("kbest ints", fs.SelectKBest(k=2).fit((X * 10).astype(int), y), (rows * 10).astype(int))
for percentile in (0, 10, 40, 50, 99, 100):
    case("percentile %d" % percentile, fs.SelectPercentile(percentile=percentile).fit(X, y))
case("fpr", fs.SelectFpr(alpha=0.2).fit(X[:, :7], y), rows[:, :7])
case("fdr", fs.SelectFdr(alpha=0.3).fit(X[:, :7], y), rows[:, :7])
case("fwe", fs.SelectFwe(alpha=0.5).fit(X[:, :7], y), rows[:, :7])
for mode, param in (("k_best", 2), ("percentile", 30), ("fpr", 0.1), ("fdr", 0.3), ("fwe", 0.4)):
    case("generic " + mode, fs.GenericUnivariateSelect(mode=mode, param=param).fit(X[:, :7], y), rows[:, :7])
case("variance", fs.VarianceThreshold().fit(X))
case("variance 0.9", fs.VarianceThreshold(0.9).fit(X))
case("from lasso", fs.SelectFromModel(Lasso(alpha=0.05)).fit(X, y))
case("from logistic", fs.SelectFromModel(LogisticRegression()).fit(X, y))
case("from logistic norm 2 median", fs.SelectFromModel(LogisticRegression(), threshold="1.2*median", norm_order=2).fit(X, y))
case("from linear svc l1", fs.SelectFromModel(LinearSVC(penalty="l1", dual=False, C=0.1)).fit(X, y))
case("from svc", fs.SelectFromModel(SVC(kernel="linear")).fit(X, y))
case("from svc binary", fs.SelectFromModel(SVC(kernel="linear"), threshold=0.5).fit(X, y > 0))
case("from tree", fs.SelectFromModel(DecisionTreeClassifier(max_depth=3, random_state=0)).fit(X, y))
case("from forest", fs.SelectFromModel(RandomForestClassifier(5, max_depth=3, random_state=0)).fit(X, y))
case("from extra trees max_features", fs.SelectFromModel(ExtraTreesRegressor(4, max_depth=3, random_state=0), threshold=-np.inf, max_features=3).fit(X, y))
case("from boosting", fs.SelectFromModel(GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0), threshold="mean").fit(X, y))
case("from adaboost", fs.SelectFromModel(AdaBoostClassifier(n_estimators=5, random_state=0), threshold="0.5*mean").fit(X, y))
case("from prefit", fs.SelectFromModel(DecisionTreeClassifier(max_depth=2, random_state=1).fit(X, y), prefit=True).fit(X, y) if release >= (1, 3) else fs.SelectFromModel(DecisionTreeClassifier(max_depth=2, random_state=1).fit(X, y), prefit=True))
predict = ("transform", "predict", "predict_proba", "decision_function")
case("rfe", fs.RFE(LogisticRegression(), n_features_to_select=3).fit(X, y), methods=predict)
case("rfe regressor", fs.RFE(LinearRegression(), n_features_to_select=2, step=2).fit(X, y), methods=predict)
case("rfecv", fs.RFECV(LogisticRegression(), cv=2).fit(X, y), methods=predict)
if release >= (0, 24):
    case("sequential", fs.SequentialFeatureSelector(LogisticRegression(), n_features_to_select=2, cv=2).fit(X, y))
golden.save()
