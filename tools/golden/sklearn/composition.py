"""Golden cases of estimators made of estimators.

Usage: python composition.py OUT_FOLDER [PATTERN]
Made with scikit-learn 0.22.2.post1, 1.0.2, 1.5.2 and 1.9.1; 0.24.2 and 1.2.2 with the pattern "column|mixed|chain|ovr|target|union".
Needs pandas.
"""
import re
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_iris, make_regression
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PassiveAggressiveClassifier, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (FunctionTransformer, MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PowerTransformer,
                                   QuantileTransformer, RobustScaler, StandardScaler)

from golden import Golden

warnings.simplefilter("ignore")
np.seterr(all="ignore")
VERSION = tuple(int(p) for p in sklearn.__version__.split(".")[:2])

iris = load_iris()
X, y = iris.data, iris.target
names = iris.target_names[y]
rows = np.vstack([X[::31], X[:2] * 2 - 1])
XR, yr = make_regression(n_samples=60, n_features=4, noise=2.0, random_state=1)
Y2 = np.column_stack([yr, np.sin(yr / 50) + XR[:, 0]])
ypos = np.abs(yr) / 50 + 0.1
multilabel = np.column_stack([y > 0, y < 2, X[:, 0] > 5.8]).astype(int)
multitarget = np.column_stack([names, np.where(X[:, 0] > 5.8, "big", "small")])
rows_r = XR[::9]
LR = lambda: LogisticRegression(max_iter=200)

golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__))
R = {"predict": 500.0, "decision_function": 50.0, "transform": 50.0}


def case(name, model, x, target, at, scale=R, **kw):
    if not re.search(sys.argv[2] if len(sys.argv) > 2 else "", name):
        return
    try:
        model.fit(x, target)
    except (TypeError, ValueError, AttributeError) as error:
        print("skipped", name, error)
        return
    golden.case(name, model, at, scale=scale, **kw)


# Only linear models and functions.
case("pipeline function", make_pipeline(FunctionTransformer(np.log1p, validate=True), LR()), X, names, np.abs(rows))
case("pipeline function identity", make_pipeline(FunctionTransformer(validate=False), LR()), X, y, rows)
for f in (np.sqrt, np.exp, np.square, np.abs, np.tanh, np.rint, np.cbrt, np.log10):
    case("function %s" % f.__name__, FunctionTransformer(f, validate=False), X, None, np.abs(rows))
case("function square int", FunctionTransformer(np.square, validate=False), X.astype(int), None, rows.astype(int))
case("function log int", FunctionTransformer(np.log1p, validate=False), X.astype(int), None, np.abs(rows).astype(int))
case("function sqrt float32", FunctionTransformer(np.sqrt, validate=False), X.astype("f4"), None, np.abs(rows).astype("f4"))
case("pipeline passthrough", Pipeline([("a", "passthrough"), ("b", LR())]), X, y, rows)
case("pipeline ends in passthrough", Pipeline([("a", FunctionTransformer(np.square, validate=False)), ("b", "passthrough")]), X, y, rows)
case("column transformer functions", make_pipeline(ColumnTransformer([("l", FunctionTransformer(np.log1p, validate=False), [0, 2]), ("p", "passthrough", slice(3, 4))]), LR()), X, y, np.abs(rows))
case("column transformer mask remainder", ColumnTransformer([("l", FunctionTransformer(np.log1p, validate=False), [True, False, True, False])], remainder="passthrough"), X, y, np.abs(rows))
case("column transformer negative weights", ColumnTransformer([("l", FunctionTransformer(np.square, validate=False), [-1, -3]), ("d", "drop", [0])], remainder=FunctionTransformer(np.sqrt, validate=False), transformer_weights={"l": 0.5}), X, y, np.abs(rows))
case("union", make_pipeline(FeatureUnion([("a", FunctionTransformer(np.square, validate=False)), ("b", FunctionTransformer(validate=False))], transformer_weights={"a": 0.1}), LR()), X, y, rows)
case("union drop", FeatureUnion([("a", FunctionTransformer(np.square, validate=False)), ("b", "drop")]), X, y, rows)
case("grid", GridSearchCV(LR(), {"C": [0.1, 1.0]}, cv=3, scoring="accuracy"), X, names, rows)
case("grid of pipeline", GridSearchCV(Pipeline([("f", FunctionTransformer(validate=False)), ("m", LR())]), {"m__C": [0.1, 1.0]}, cv=3), X, y, rows)
case("randomized", RandomizedSearchCV(Ridge(), {"alpha": [0.1, 1.0, 3.0]}, n_iter=2, cv=3, random_state=0), XR, yr, rows_r)
case("multi-output classifier", MultiOutputClassifier(LR()), X, multitarget, rows)
case("multi-output classifier margin", MultiOutputClassifier(SGDClassifier(random_state=0)), X, multilabel, rows)
case("multi-output regressor", MultiOutputRegressor(Ridge()), XR, Y2, rows_r)
case("classifier chain", ClassifierChain(LR(), order=[2, 0, 1]), X, multilabel, rows)
case("classifier chain margin", ClassifierChain(SGDClassifier(random_state=0)), X, multilabel, rows)
case("classifier chain cv", ClassifierChain(LR(), order=[1, 0, 2], cv=3), X, multilabel, rows)
if VERSION >= (1, 5):
    case("classifier chain proba", ClassifierChain(LR(), order=[1, 0, 2], chain_method="predict_proba"), X, multilabel, rows)
    case("classifier chain decision", ClassifierChain(LR(), order=[1, 0, 2], chain_method="decision_function"), X, multilabel, rows)
case("regressor chain", RegressorChain(Ridge(), order=[1, 0]), XR, Y2, rows_r)
case("ovr", OneVsRestClassifier(LR()), X, names, rows)
case("ovr margin", OneVsRestClassifier(SGDClassifier(random_state=0)), X, y, rows)
case("ovr binary", OneVsRestClassifier(LR()), X[:100], names[:100], rows)
case("ovr multilabel", OneVsRestClassifier(LR()), X, multilabel, rows)
case("ovr multilabel constant", OneVsRestClassifier(LR()), X, np.column_stack([multilabel, np.ones(len(X), int)]), rows)
case("ovr regressor", OneVsRestClassifier(LinearRegression()), X, names, rows)
case("ovo", OneVsOneClassifier(LR()), X, names, rows)
case("ovo margin", OneVsOneClassifier(SGDClassifier(random_state=0)), X, y, rows)
case("ovo binary", OneVsOneClassifier(LR()), X[:100], y[:100], rows)
case("output code", OutputCodeClassifier(LR(), code_size=3, random_state=0), X, names, rows)
case("target function", TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1), XR, ypos, rows_r)
case("target two", TransformedTargetRegressor(Ridge()), XR, Y2, rows_r)
for scaler in (StandardScaler(), MinMaxScaler(), RobustScaler(), MaxAbsScaler(), PowerTransformer(), PowerTransformer(method="box-cox"),
               PowerTransformer(standardize=False), QuantileTransformer(n_quantiles=20)):
    at = "%s %s" % (type(scaler).__name__, getattr(scaler, "method", ""))
    case("target %s%s" % (at, "" if getattr(scaler, "standardize", True) else " plain"), TransformedTargetRegressor(Ridge(), transformer=scaler), XR, ypos, rows_r)

if VERSION >= (1, 5):
    from sklearn.metrics import f1_score, make_scorer
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
    two = X[50:], names[50:]
    case("threshold fixed", FixedThresholdClassifier(LR(), threshold=0.7), two[0], two[1], X[50::9])
    case("threshold fixed decision", FixedThresholdClassifier(LR(), threshold=0.5, response_method="decision_function", pos_label="versicolor"), two[0], two[1], X[50::9])
    case("threshold fixed auto margin", FixedThresholdClassifier(SGDClassifier(random_state=0)), two[0], two[1], X[50::9])
    case("threshold tuned", TunedThresholdClassifierCV(LR(), cv=3), two[0], two[1], X[50::9])
    case("threshold tuned scorer", TunedThresholdClassifierCV(LR(), cv=3, scoring=make_scorer(f1_score, pos_label="versicolor")), two[0], two[1], X[50::9])
    case("threshold tuned f1 of 1 and 2", TunedThresholdClassifierCV(LR(), cv=3, scoring="f1"), two[0], y[50:], X[50::9])
if VERSION >= (1, 6):
    from sklearn.frozen import FrozenEstimator
    case("frozen", FrozenEstimator(LR().fit(X, names)), X, names, rows)
if VERSION >= (0, 24):
    from sklearn.semi_supervised import SelfTrainingClassifier
    case("self training", SelfTrainingClassifier(LR()), X, np.where(np.arange(150) % 3 == 0, -1, y), rows)

case("target QuantileTransformer normal", TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=20, output_distribution="normal")), XR, ypos, np.vstack([rows_r, XR[:2] * 9, XR[:2] * -9]))
case("target log", TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp), XR, ypos, rows_r)
case("target two scaled", TransformedTargetRegressor(Ridge(), transformer=StandardScaler()), XR, Y2, rows_r)
case("target pipeline", TransformedTargetRegressor(Ridge(), transformer=make_pipeline(FunctionTransformer(np.sqrt, np.square, validate=True), StandardScaler())), XR, ypos, rows_r)

# With encoders, scalers and vectorisers.
frame = pd.DataFrame({
    "age": [30, 41, 55, 23, 38, 60, 47, 29], "city": ["Oslo", "Bergen", "Oslo", "Ål", "Bergen", "Ål", "Oslo", "Bergen"],
    "income": [30.5, np.nan, 80.25, 20.0, 44.5, np.nan, 61.0, 35.0], "note": ["good one", "bad", "bad bad", "good", "so so", "good good", "one", "two bad"],
    "extra": [1, 2, 3, 4, 5, 6, 7, 8]})
label = np.array(["no", "yes", "yes", "no", "no", "yes", "yes", "no"])
at = frame.iloc[[0, 1, 5]].copy()
at.loc[0, "city"] = "Rome"
ohe = lambda: OneHotEncoder(handle_unknown="ignore")
numeric = lambda: make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
case("mixed names", make_pipeline(ColumnTransformer([("n", numeric(), ["age", "income"]), ("c", ohe(), ["city"])]), LR()), frame, label, at)
case("mixed names drop extra columns", make_pipeline(ColumnTransformer([("n", numeric(), ["age", "income"]), ("c", ohe(), ["city"]), ("d", "drop", ["note"])]), LR()), frame, label, at)
case("mixed text column", make_pipeline(ColumnTransformer([("t", CountVectorizer(), "note"), ("n", numeric(), ["age", "income"])]), LR()), frame, label, at)
case("mixed sparse kept", make_pipeline(ColumnTransformer([("t", TfidfVectorizer(), "note"), ("c", ohe(), ["city"]), ("n", "passthrough", ["age"])], sparse_threshold=0.9), LR()), frame, label, at)
case("mixed remainder", make_pipeline(ColumnTransformer([("c", ohe(), ["city"]), ("n", numeric(), ["age", "income"]), ("d", "drop", "note")], remainder="passthrough"), LR()), frame, label, at)
case("mixed remainder estimator", make_pipeline(ColumnTransformer([("c", ohe(), ["city", "note"])], remainder=numeric()), LR()), frame, label, at)
case("mixed columns index", make_pipeline(ColumnTransformer([("c", ohe(), frame.columns[[1]]), ("n", numeric(), frame.columns[[0, 2]])]), LR()), frame, label, at)
if VERSION >= (0, 22):
    from sklearn.compose import make_column_selector
    case("mixed selector", make_pipeline(ColumnTransformer([("c", ohe(), make_column_selector(dtype_exclude=np.number)), ("n", numeric(), make_column_selector(dtype_include=np.number))]), LR()), frame, label, at)
case("mixed array positions", make_pipeline(ColumnTransformer([("c", ohe(), [1]), ("n", numeric(), [0, 2])]), LR()), frame.values, label, at.values)
case("mixed ordinal transform", ColumnTransformer([("o", OrdinalEncoder(), ["city"]), ("n", "passthrough", ["age", "extra"])]), frame, label, frame.iloc[:3], names_out=VERSION >= (1, 2))
case("mixed passthrough text", ColumnTransformer([("n", StandardScaler(), ["age"]), ("p", "passthrough", ["city"])]), frame, label, frame.iloc[:3])
if VERSION >= (1, 2):
    two = ColumnTransformer([("n", StandardScaler(), ["age", "extra"]), ("o", OrdinalEncoder(), ["city"])], verbose_feature_names_out=False).set_output(transform="pandas")
    case("mixed pandas output", make_pipeline(two, ColumnTransformer([("a", MinMaxScaler(), ["city", "age"])], remainder="passthrough"), LR()), frame, label, frame.iloc[:3])
case("mixed union scalers", make_pipeline(FeatureUnion([("pca", PCA(2)), ("s", MinMaxScaler())]), LR()), X, y, rows)
case("mixed union text", make_pipeline(FeatureUnion([("c", CountVectorizer()), ("t", TfidfVectorizer(ngram_range=(1, 2)))]), LR()), list(frame.note), label, list(at.note))
case("mixed grid text", GridSearchCV(make_pipeline(TfidfVectorizer(), LR()), {"logisticregression__C": [1.0, 5.0]}, cv=2), list(frame.note), label, list(at.note))
case("mixed scaler pipeline", make_pipeline(StandardScaler(), LR()), X, names, rows)
case("mixed scaler float32", make_pipeline(StandardScaler(), Ridge()), XR.astype("f4"), yr.astype("f4"), rows_r.astype("f4"))
case("mixed ovr text", make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LR())), list(frame.note), label, list(at.note))
golden.save()
