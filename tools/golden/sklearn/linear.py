"""Golden cases of sklearn.linear_model, LinearSVC/SVR and the partial least squares.

Usage: python linear.py OUT_FOLDER [PATTERN]
Made with scikit-learn 0.22.2.post1, 1.0.2, 1.5.2 and 1.9.1; 0.24.2 and 1.2.2 with the pattern "PLS|CCA|ridge|tweedie|gamma|float32|cv|one class".
"""
import re
import sys
import warnings

import numpy as np
import sklearn
from sklearn import cross_decomposition, linear_model, svm
from sklearn.datasets import load_iris, make_regression

from golden import Golden

warnings.simplefilter("ignore")
np.seterr(all="ignore")
VERSION = tuple(int(p) for p in sklearn.__version__.split(".")[:2])

iris = load_iris()
X, y = iris.data, iris.target
binary = X[:100], y[:100]
names = iris.target_names[y]
rows = np.vstack([X[::37], X[:1] * 3 - 1, X[100:101] * -1])
XR, yr = make_regression(n_samples=60, n_features=5, noise=2.0, random_state=1)
Y2 = np.column_stack([yr, np.sin(yr / 50) + XR[:, 0]])
ypos = np.abs(yr) / 50 + 0.1
multilabel = np.column_stack([y > 0, y < 2, X[:, 0] > 5.8]).astype(int)
rows_r = np.vstack([XR[::12], XR[:1] * 7])

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))


def terms(model, x):
    """s of the tolerance rule: the largest |x_j * w_j| or |b| of any output."""
    coef = np.atleast_2d(getattr(model, "coef_", 0.0))
    intercept = np.max(np.abs(getattr(model, "intercept_", 0.0)))
    if coef.shape[-1] != x.shape[1]:
        coef = coef.T
    return float(max(np.max(np.abs(x[:, None, :] * coef[None])), intercept))


def case(name, model, x, target, at, **kw):
    if not re.search(sys.argv[2] if len(sys.argv) > 2 else "", name):
        return
    try:
        model.fit(x, target)
    except (TypeError, ValueError, AttributeError) as error:
        print("skipped", name, error)
        return
    s = terms(model, at.astype(float)) if hasattr(model, "coef_") else 0.0
    golden.case(name, model, at, scale={"predict": s, "decision_function": s, "transform": s}, **kw)


def make(cls, *args, **kw):
    """The estimator, without the options that this release does not know."""
    while True:
        try:
            return cls(*args, **kw)
        except TypeError as error:
            bad = [k for k in kw if "'%s'" % k in str(error)]
            if not bad:
                raise
            kw.pop(bad[0])


LR = linear_model.LogisticRegression
for solver in ("lbfgs", "liblinear", "newton-cg", "sag"):
    extra = {} if VERSION >= (1, 7) else {"multi_class": "auto"}
    if not (solver == "liblinear" and VERSION >= (1, 8)):
        case("logistic %s multi" % solver, make(LR, solver=solver, max_iter=200, random_state=0, **extra), X, y, rows)
    case("logistic %s binary" % solver, make(LR, solver=solver, max_iter=200, random_state=0, **extra), binary[0], binary[1], rows)
if VERSION >= (1, 2):
    case("logistic newton-cholesky cv like", make(LR, solver="newton-cholesky", max_iter=200), X, names, rows)
    case("logistic newton-cholesky binary", make(LR, solver="newton-cholesky", max_iter=200), binary[0], binary[1], rows)
if VERSION < (1, 8):
    case("logistic ovr", LR(multi_class="ovr", max_iter=200), X, names, rows)
    case("logistic multinomial binary", LR(multi_class="multinomial", max_iter=200), binary[0], binary[1], rows)
case("logistic l1 saga", make(LR, penalty="l1", solver="saga", max_iter=50, C=0.5), X, names, rows)
case("logistic strings", LR(max_iter=300), X, names, rows)
case("logistic float labels", LR(max_iter=300), X, y * 1.5, rows)
case("logistic bool labels", LR(max_iter=300), X, y == 1, rows)
case("logistic object labels", LR(max_iter=300), X, names.astype(object), rows)
case("logistic int8 labels", LR(max_iter=300), X, y.astype(np.int8), rows)
case("logistic no intercept", LR(fit_intercept=False, max_iter=300), X, y, rows)
case("logistic float32", LR(max_iter=300), X.astype(np.float32), y, rows.astype(np.float32))
case("logistic float32 fit float64 rows", LR(max_iter=300), X.astype(np.float32), y, rows)
case("logistic int rows", LR(max_iter=300), X, y, np.round(rows).astype(int))
case("logistic cv", make(linear_model.LogisticRegressionCV, Cs=3, cv=3, max_iter=200, use_legacy_attributes=False), X, y, rows)
case("logistic cv binary", make(linear_model.LogisticRegressionCV, Cs=3, cv=3, max_iter=200, use_legacy_attributes=True), binary[0], binary[1], rows)

for loss in ("hinge", "log", "log_loss", "modified_huber", "squared_hinge", "perceptron"):
    if (loss == "log" and VERSION >= (1, 1)) or (loss == "log_loss" and VERSION < (1, 1)):
        continue
    case("sgd %s multi" % loss, linear_model.SGDClassifier(loss=loss, random_state=0), X, names, rows)
    case("sgd %s binary" % loss, linear_model.SGDClassifier(loss=loss, random_state=0), binary[0], binary[1], rows)
case("sgd averaged", linear_model.SGDClassifier(average=True, random_state=0), X, y, rows)
case("perceptron", linear_model.Perceptron(random_state=0), X, y, rows)
case("passive aggressive", linear_model.PassiveAggressiveClassifier(random_state=0), X, names, rows)
case("passive aggressive binary", linear_model.PassiveAggressiveClassifier(random_state=0), binary[0], binary[1], rows)
case("linear svc", make(svm.LinearSVC, random_state=0), X, names, rows)
case("linear svc binary", make(svm.LinearSVC, random_state=0), binary[0], binary[1], rows)
case("linear svc crammer singer", make(svm.LinearSVC, multi_class="crammer_singer", random_state=0), X, y, rows)
for name, cls in (("ridge", linear_model.RidgeClassifier), ("ridge cv", linear_model.RidgeClassifierCV)):
    case(name + " classifier", cls(), X, names, rows)
    case(name + " classifier binary", cls(), binary[0], binary[1], rows)
case("ridge classifier multilabel", linear_model.RidgeClassifier(), X, multilabel, rows)

PLAIN = [
    linear_model.LinearRegression(), linear_model.LinearRegression(fit_intercept=False), linear_model.Ridge(alpha=0.7),
    linear_model.RidgeCV(), linear_model.Lasso(alpha=0.3), linear_model.LassoCV(cv=3), linear_model.ElasticNet(alpha=0.3),
    linear_model.ElasticNetCV(cv=3), linear_model.Lars(), linear_model.LarsCV(cv=3), linear_model.LassoLars(alpha=0.1),
    linear_model.LassoLarsCV(cv=3), linear_model.LassoLarsIC(), linear_model.OrthogonalMatchingPursuit(n_nonzero_coefs=3),
    linear_model.OrthogonalMatchingPursuitCV(cv=3), linear_model.BayesianRidge(), linear_model.ARDRegression(),
    linear_model.HuberRegressor(), linear_model.TheilSenRegressor(random_state=0, max_subpopulation=500),
    linear_model.RANSACRegressor(random_state=0), linear_model.SGDRegressor(random_state=0),
    linear_model.PassiveAggressiveRegressor(random_state=0), svm.LinearSVR(random_state=0, max_iter=5000),
]
if hasattr(linear_model, "QuantileRegressor"):
    PLAIN.append(linear_model.QuantileRegressor(quantile=0.7, alpha=0.01, solver="highs" if VERSION >= (1, 1) else "interior-point"))
for model in PLAIN:
    case("%s %d" % (type(model).__name__, PLAIN.index(model)), model, XR, yr, rows_r)
for model in (linear_model.LinearRegression(), linear_model.Ridge(), linear_model.MultiTaskLasso(), linear_model.MultiTaskElasticNet(),
              linear_model.MultiTaskLassoCV(cv=3), linear_model.MultiTaskElasticNetCV(cv=3), linear_model.Lars(),
              linear_model.OrthogonalMatchingPursuit(n_nonzero_coefs=2), linear_model.RANSACRegressor(random_state=0)):
    case("%s two targets" % type(model).__name__, model, XR, Y2, rows_r)
case("LinearRegression one column target", linear_model.LinearRegression(), XR, yr.reshape(-1, 1), rows_r)
case("LinearRegression positive", make(linear_model.LinearRegression, positive=True), XR, yr, rows_r)
case("LinearRegression float32", linear_model.LinearRegression(), XR.astype(np.float32), yr.astype(np.float32), rows_r.astype(np.float32))
case("Ridge float32", linear_model.Ridge(), XR.astype(np.float32), yr.astype(np.float32), rows_r.astype(np.float32))
if hasattr(linear_model, "PoissonRegressor"):
    for power in (0, 1, 1.5, 2, 3):
        case("tweedie %s" % power, linear_model.TweedieRegressor(power=power), XR, ypos, rows_r)
    case("tweedie log link", linear_model.TweedieRegressor(power=0, link="log"), XR, ypos, rows_r)
    case("poisson", linear_model.PoissonRegressor(), XR, ypos, rows_r)
    case("gamma", linear_model.GammaRegressor(), XR, ypos, rows_r)
if hasattr(linear_model, "SGDOneClassSVM"):
    case("sgd one class", linear_model.SGDOneClassSVM(random_state=0), X, None, rows)

for cls in (cross_decomposition.PLSRegression, cross_decomposition.PLSCanonical, cross_decomposition.CCA):
    case("%s two targets" % cls.__name__, cls(n_components=2), XR, Y2, rows_r)
case("PLSRegression one target", cross_decomposition.PLSRegression(n_components=3), XR, yr, rows_r)
case("PLSRegression unscaled", cross_decomposition.PLSRegression(n_components=2, scale=False), XR, Y2, rows_r)
case("PLSSVD", cross_decomposition.PLSSVD(n_components=2), XR, Y2, rows_r)
golden.save()
