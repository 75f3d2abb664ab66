"""Unusual models for sklearn_corpus.py: labels, weights, shapes, magnitudes, tables and stores that plain fits do not show.

`register(cases, write)` adds (name, build) pairs; `write(name, model, rows, stores)` stores a model with its answers for
exactly the rows it is given. A case that a release cannot make is left out by the caller.
"""

import importlib
import pickle

import numpy
from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.utils import check_random_state


def get(path, **options):
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module("sklearn." + module), name)(**options)


def blobs(classes=3, features=5, seed=0, count=120):
    from sklearn import datasets

    x, y = datasets.make_classification(
        count, features, n_informative=features - 1, n_redundant=0, n_classes=classes, n_clusters_per_class=1, random_state=seed
    )
    return x.round(4), y


def line(features=5, seed=0):
    from sklearn import datasets

    x, y = datasets.make_regression(120, features, noise=3.0, random_state=seed)
    return x.round(4), y


def edges(x):
    """Rows of the data, rows between them, zeros of both signs, and very large and very small ones."""
    width = x.shape[1]
    rows = [x[0], x[1], (x[2] + x[3]) / 2, numpy.zeros(width), -numpy.zeros(width), numpy.full(width, 1e-310), numpy.full(width, 1e6), -numpy.full(width, 1e4)]
    return numpy.array(rows)


CLASSIFIERS = {
    "lr": lambda: get("linear_model.LogisticRegression", max_iter=300),
    "lr_noint": lambda: get("linear_model.LogisticRegression", max_iter=300, fit_intercept=False, C=0.01),
    "ridge": lambda: get("linear_model.RidgeClassifier"),
    "sgd_mh": lambda: get("linear_model.SGDClassifier", loss="modified_huber", random_state=0, average=True),
    "svc": lambda: get("svm.SVC", probability=True, random_state=0, C=3.0, tol=1e-5),
    "svc_poly": lambda: get("svm.SVC", kernel="poly", degree=4, coef0=0.7, gamma=0.3),
    "svc_sig": lambda: get("svm.NuSVC", kernel="sigmoid", nu=0.1, coef0=-0.2, gamma="auto", probability=True, random_state=1),
    "lsvc": lambda: get("svm.LinearSVC", loss="hinge", intercept_scaling=3.0, dual=True),
    "knn1": lambda: get("neighbors.KNeighborsClassifier", n_neighbors=1, leaf_size=3),
    "knn_mink": lambda: get("neighbors.KNeighborsClassifier", p=1.5, weights="distance", algorithm="ball_tree"),
    "knn_cheb": lambda: get("neighbors.KNeighborsClassifier", metric="chebyshev", algorithm="kd_tree"),
    "knn_many": lambda: get("neighbors.KNeighborsClassifier", n_neighbors=25, algorithm="brute", weights="distance"),
    "gnb": lambda: get("naive_bayes.GaussianNB", var_smoothing=1e-3),
    "lda": lambda: get("discriminant_analysis.LinearDiscriminantAnalysis"),
    "qda": lambda: get("discriminant_analysis.QuadraticDiscriminantAnalysis", reg_param=0.1),
    "dt": lambda: get("tree.DecisionTreeClassifier", criterion="entropy", ccp_alpha=0.01, random_state=0),
    "dt_stump": lambda: get("tree.DecisionTreeClassifier", max_depth=1),
    "et": lambda: get("ensemble.ExtraTreesClassifier", n_estimators=7, max_depth=4, bootstrap=True, random_state=0),
    "rf": lambda: get("ensemble.RandomForestClassifier", n_estimators=5, max_leaf_nodes=5, min_impurity_decrease=0.01, random_state=0),
    "gb": lambda: get("ensemble.GradientBoostingClassifier", n_estimators=5, max_depth=2, random_state=0),
    "gb_es": lambda: get("ensemble.GradientBoostingClassifier", n_estimators=30, n_iter_no_change=2, learning_rate=0.8, random_state=0),
    "hgb": lambda: get("ensemble.HistGradientBoostingClassifier", max_iter=5, min_samples_leaf=4, max_leaf_nodes=5),
    "ada": lambda: get("ensemble.AdaBoostClassifier", n_estimators=6, random_state=0),
    "ada_samme": lambda: get("ensemble.AdaBoostClassifier", n_estimators=6, random_state=0, algorithm="SAMME"),
    "bag": lambda: get("ensemble.BaggingClassifier", n_estimators=4, max_features=3, max_samples=0.5, random_state=0),
    "mlp": lambda: get("neural_network.MLPClassifier", hidden_layer_sizes=(4, 3), activation="tanh", max_iter=40, random_state=0),
    "mlp_log": lambda: get("neural_network.MLPClassifier", hidden_layer_sizes=(3,), activation="logistic", max_iter=40, random_state=0),
    "mlp_id": lambda: get("neural_network.MLPClassifier", hidden_layer_sizes=(3,), activation="identity", max_iter=40, random_state=0),
    "centroid": lambda: get("neighbors.NearestCentroid", metric="manhattan"),
    "dummy_s": lambda: get("dummy.DummyClassifier", strategy="most_frequent"),
    "dummy_p": lambda: get("dummy.DummyClassifier", strategy="prior"),
    "cal_sig": lambda: get("calibration.CalibratedClassifierCV", cv=3),
    "cal_iso": lambda: get("calibration.CalibratedClassifierCV", cv=3, method="isotonic"),
    "gp": lambda: get("gaussian_process.GaussianProcessClassifier", random_state=0),
    "lp": lambda: get("semi_supervised.LabelSpreading"),
    "pa": lambda: get("linear_model.PassiveAggressiveClassifier", random_state=0),
    "perc": lambda: get("linear_model.Perceptron", random_state=0, penalty="elasticnet"),
    "lrcv": lambda: get("linear_model.LogisticRegressionCV", cv=3, max_iter=100, Cs=3, penalty="l2", scoring="neg_log_loss"),
}

REGRESSORS = {
    "lin_pos": lambda: get("linear_model.LinearRegression", positive=True),
    "ridge": lambda: get("linear_model.Ridge", alpha=5.0, solver="svd", fit_intercept=False),
    "krr_rbf": lambda: get("kernel_ridge.KernelRidge", kernel="rbf", gamma=0.1),
    "krr_poly": lambda: get("kernel_ridge.KernelRidge", kernel="polynomial", degree=2),
    "krr_lap": lambda: get("kernel_ridge.KernelRidge", kernel="laplacian"),
    "gpr": lambda: get("gaussian_process.GaussianProcessRegressor", alpha=0.1, normalize_y=True),
    "svr_sig": lambda: get("svm.SVR", kernel="sigmoid", coef0=0.3, epsilon=0.5, C=10, max_iter=5000),
    "svr_lin": lambda: get("svm.NuSVR", kernel="linear", nu=0.3, max_iter=5000),
    "knn_w": lambda: get("neighbors.KNeighborsRegressor", n_neighbors=3, weights="distance", metric="manhattan"),
    "dt_pois": lambda: get("tree.DecisionTreeRegressor", criterion="friedman_mse", max_leaf_nodes=6),
    "rf_d": lambda: get("ensemble.RandomForestRegressor", n_estimators=4, max_depth=2, random_state=0),
    "et_d": lambda: get("ensemble.ExtraTreesRegressor", n_estimators=4, min_samples_leaf=5, random_state=0),
    "gb_huber": lambda: get("ensemble.GradientBoostingRegressor", loss="huber", alpha=0.8, n_estimators=6, random_state=0),
    "gb_es": lambda: get("ensemble.GradientBoostingRegressor", n_estimators=60, n_iter_no_change=2, learning_rate=0.9, random_state=0),
    "hgb_mono": lambda: get("ensemble.HistGradientBoostingRegressor", max_iter=6, min_samples_leaf=4, monotonic_cst=[1, 0, -1, 0, 0]),
    "hgb_inter": lambda: get("ensemble.HistGradientBoostingRegressor", max_iter=6, min_samples_leaf=4, interaction_cst="pairwise"),
    "ada_sq": lambda: get("ensemble.AdaBoostRegressor", n_estimators=7, loss="exponential", random_state=0),
    "bag": lambda: get("ensemble.BaggingRegressor", n_estimators=4, max_features=0.5, bootstrap_features=True, random_state=0),
    "mlp": lambda: get("neural_network.MLPRegressor", hidden_layer_sizes=(5, 4), max_iter=50, random_state=0),
    "pls": lambda: get("cross_decomposition.PLSRegression", n_components=2),
    "pls_noscale": lambda: get("cross_decomposition.PLSRegression", n_components=3, scale=False),
    "pls_can": lambda: get("cross_decomposition.PLSCanonical", n_components=1),
    "cca": lambda: get("cross_decomposition.CCA", n_components=1),
    "iso": lambda: get("isotonic.IsotonicRegression", out_of_bounds="clip"),
    "dummy_med": lambda: get("dummy.DummyRegressor", strategy="median"),
    "dummy_q": lambda: get("dummy.DummyRegressor", strategy="quantile", quantile=0.3),
    "huber": lambda: get("linear_model.HuberRegressor", epsilon=1.1),
    "tweedie0": lambda: get("linear_model.TweedieRegressor", power=0),
    "vote": lambda: get("ensemble.VotingRegressor", estimators=[("a", get("linear_model.Ridge")), ("b", get("tree.DecisionTreeRegressor", max_depth=2))], weights=[1, 3]),
    "stack": lambda: get("ensemble.StackingRegressor", estimators=[("a", get("linear_model.Ridge")), ("b", get("svm.SVR"))], passthrough=True, cv=3),
    "ransac": lambda: get("linear_model.RANSACRegressor", random_state=0),
    "ttr_q": lambda: get("compose.TransformedTargetRegressor", regressor=get("linear_model.Ridge"), transformer=get("preprocessing.QuantileTransformer", n_quantiles=20, output_distribution="normal")),
    "ttr_p": lambda: get("compose.TransformedTargetRegressor", regressor=get("linear_model.Ridge"), transformer=get("preprocessing.PowerTransformer")),
    "ttr_mm": lambda: get("compose.TransformedTargetRegressor", regressor=get("linear_model.Ridge"), transformer=make_pipeline(get("preprocessing.MinMaxScaler"), get("preprocessing.StandardScaler"))),
}

TRANSFORMERS = {
    "std_nomean": lambda: get("preprocessing.StandardScaler", with_mean=False),
    "minmax_clip": lambda: get("preprocessing.MinMaxScaler", feature_range=(-3, 2), clip=True),
    "robust": lambda: get("preprocessing.RobustScaler", quantile_range=(10, 80), with_centering=False),
    "robust_uv": lambda: get("preprocessing.RobustScaler", unit_variance=True),
    "maxabs": lambda: get("preprocessing.MaxAbsScaler"),
    "norm_max": lambda: get("preprocessing.Normalizer", norm="max"),
    "bin": lambda: get("preprocessing.Binarizer", threshold=0.2),
    "yj": lambda: get("preprocessing.PowerTransformer", standardize=False),
    "yj_std": lambda: get("preprocessing.PowerTransformer"),
    "q_u": lambda: get("preprocessing.QuantileTransformer", n_quantiles=15),
    "q_n": lambda: get("preprocessing.QuantileTransformer", n_quantiles=15, output_distribution="normal"),
    "kb_ord": lambda: get("preprocessing.KBinsDiscretizer", n_bins=4, encode="ordinal", strategy="uniform"),
    "kb_oh": lambda: get("preprocessing.KBinsDiscretizer", n_bins=[2, 3, 4, 5, 6], encode="onehot"),
    "kb_km": lambda: get("preprocessing.KBinsDiscretizer", n_bins=3, encode="onehot-dense", strategy="kmeans"),
    "poly3": lambda: get("preprocessing.PolynomialFeatures", degree=3, interaction_only=True, include_bias=False),
    "poly_rng": lambda: get("preprocessing.PolynomialFeatures", degree=(2, 3)),
    "spline": lambda: get("preprocessing.SplineTransformer", n_knots=4, degree=2, extrapolation="linear"),
    "spline_per": lambda: get("preprocessing.SplineTransformer", n_knots=5, extrapolation="periodic", include_bias=False),
    "pca_w": lambda: get("decomposition.PCA", n_components=3, whiten=True),
    "pca_f": lambda: get("decomposition.PCA", n_components=0.9),
    "ica": lambda: get("decomposition.FastICA", n_components=2, random_state=0),
    "tsvd": lambda: get("decomposition.TruncatedSVD", n_components=2, random_state=0),
    "kpca": lambda: get("decomposition.KernelPCA", n_components=2, kernel="rbf", gamma=0.05),
    "fa": lambda: get("decomposition.FactorAnalysis", n_components=2),
    "ipca": lambda: get("decomposition.IncrementalPCA", n_components=2),
    "spca": lambda: get("decomposition.MiniBatchSparsePCA", n_components=2, random_state=0),
    "nys": lambda: get("kernel_approximation.Nystroem", n_components=6, random_state=0),
    "rbfs": lambda: get("kernel_approximation.RBFSampler", n_components=6, random_state=0),
    "grp": lambda: get("random_projection.GaussianRandomProjection", n_components=3, random_state=0),
    "srp": lambda: get("random_projection.SparseRandomProjection", n_components=3, random_state=0),
    "vt": lambda: get("feature_selection.VarianceThreshold", threshold=0.9),
    "imp_knn": lambda: get("impute.KNNImputer", n_neighbors=2),
    "imp_med_ind": lambda: get("impute.SimpleImputer", strategy="median", add_indicator=True),
    "kmeans": lambda: get("cluster.KMeans", n_clusters=4, random_state=0, n_init=2),
    "mbkm": lambda: get("cluster.MiniBatchKMeans", n_clusters=3, random_state=0, n_init=2),
    "gmm": lambda: get("mixture.GaussianMixture", n_components=3, random_state=0),
    "gmm_tied": lambda: get("mixture.GaussianMixture", n_components=2, covariance_type="tied", random_state=0),
    "gmm_diag": lambda: get("mixture.GaussianMixture", n_components=3, covariance_type="diag", random_state=0),
    "bgm": lambda: get("mixture.BayesianGaussianMixture", n_components=3, random_state=0),
    "birch": lambda: get("cluster.Birch", n_clusters=3, threshold=1.0),
    "ms": lambda: get("cluster.MeanShift", bandwidth=3.0),
    "iforest": lambda: get("ensemble.IsolationForest", n_estimators=6, contamination=0.1, random_state=0),
    "ocsvm": lambda: get("svm.OneClassSVM", nu=0.2, gamma=0.1),
    "ee": lambda: get("covariance.EllipticEnvelope", random_state=0),
    "lof": lambda: get("neighbors.LocalOutlierFactor", novelty=True, n_neighbors=7),
    "union": lambda: make_union(get("decomposition.PCA", n_components=2), get("preprocessing.StandardScaler"), make_pipeline(get("preprocessing.MinMaxScaler"), get("preprocessing.PolynomialFeatures"))),
}


def labels_of(y):
    """The same classes under every kind of label that a person may have."""
    words = numpy.array(["nø", "Yes", "10", "z z"])
    return {
        "bool": y == 1,
        "object": words.astype(object)[y],
        "unicode": words[y],
        "bytes": numpy.array([b"lo", b"hi", b"mid", b"top"])[y],
        "float": numpy.array([-1.5, 0.0, 2.0, 9.25])[y],
        "neg": numpy.array([-1, 1, 5, 7])[y],
        "int8": (y * 40).astype("int8"),
        "uint64": numpy.array([1, 2**63, 3, 4], dtype="uint64")[y],
        "big": numpy.array([10**15, -(10**15), 3, 4])[y],
        "single": numpy.zeros(len(y), dtype=int) + 7,
    }


def frame(seed=0):
    import pandas

    random = check_random_state(seed)
    table = pandas.DataFrame({
        "age": random.randint(18, 80, 120),
        "größe (cm)": random.randn(120).round(2) * 10 + 170,
        "city": random.choice(["Bergen", "Tromsø", "", " Oslo "], 120),
        "member": random.choice([True, False], 120),
        "code": random.choice(["1", "2", "10"], 120),
        "level": random.choice([1.5, 2.0, 30.0], 120),
    })
    y = ((table["age"] > 40).astype(int) + (table["city"] == "Bergen")).to_numpy() % 2
    return table, y


def register(cases, write):
    def add(name, build):
        cases.append((name, build))

    def plain_fit(name, make, x, y, rows=None, stores=(("joblib", 0),), **fit):
        def build():
            model = make()
            model.fit(x, y, **fit) if y is not None else model.fit(x)
            write(name, model, edges(numpy.asarray(x, dtype=float)) if rows is None else rows, stores)

        add(name, build)

    x2, y2 = blobs(2)
    x3, y3 = blobs(3, seed=1)
    x4, y4 = blobs(4, seed=2, features=6)
    weights = numpy.linspace(0.1, 3.0, 120)
    wide, target = line()
    for name, make in CLASSIFIERS.items():
        for size, (x, y) in (("2", (x2, y2)), ("3", (x3, y3)), ("4", (x4, y4))):
            plain_fit("v_{}_{}".format(name, size), make, x, y)
            plain_fit("v_{}_{}w".format(name, size), make, x, y, sample_weight=weights)
        for kind, labels in labels_of(y2).items():
            plain_fit("v_{}_lab2_{}".format(name, kind), make, x2, labels)
        for kind, labels in labels_of(y3).items():
            if kind not in ("bool", "single"):
                plain_fit("v_{}_lab3_{}".format(name, kind), make, x3, labels)
        plain_fit("v_{}_onefeature".format(name), make, x2[:, :1], y2)
        constant = x3.copy()
        constant[:, 2] = 4.0
        plain_fit("v_{}_constant".format(name), make, constant, y3)
        plain_fit("v_{}_huge".format(name), make, x3 * 1e12, y3, rows=edges(x3 * 1e12))
        plain_fit("v_{}_tiny".format(name), make, x3 * 1e-9, y3, rows=edges(x3 * 1e-9))
        plain_fit("v_{}_ties".format(name), make, x3.round(0), y3, rows=x3.round(0)[:12])
        plain_fit("v_{}_f32".format(name), make, x3.astype("float32"), y3)
        plain_fit("v_{}_int".format(name), make, (x3 * 10).astype(int), y3)
        plain_fit("v_{}_be".format(name), make, numpy.asfortranarray(x3.astype(">f8")), y3)

        def sparse(name=name, make=make):
            from scipy.sparse import csr_matrix

            kept = numpy.where(numpy.abs(x3) > 0.5, x3, 0)
            write("v_{}_sparse".format(name), make().fit(csr_matrix(kept), y3), edges(kept), (("joblib", 0),))

        add("v_{}_sparse".format(name), sparse)

        def balanced(name=name, make=make):
            model = make()
            model.set_params(class_weight="balanced" if len(name) % 2 else {0: 1, 1: 5, 2: 0.5})
            write("v_{}_cw".format(name), model.fit(x3, y3), edges(x3), (("joblib", ("zlib", 2)),))

        add("v_{}_cw".format(name), balanced)

        def multi(name=name, make=make):
            y = numpy.column_stack([y3, (y3 + (x3[:, 0] > 0)) % 2])
            write("v_{}_mo".format(name), make().fit(x3, y), edges(x3), (("joblib", 0),))

        add("v_{}_mo".format(name), multi)

        def wrapped(kind, wrap, name=name, make=make):
            write("v_{}_{}".format(name, kind), wrap(make()).fit(x3, numpy.array(["c", "a", "b"])[y3]), edges(x3), (("pickle", 2),))

        for kind, wrap in (
            ("w_ovr", lambda m: get("multiclass.OneVsRestClassifier", estimator=m)),
            ("w_ovo", lambda m: get("multiclass.OneVsOneClassifier", estimator=m)),
            ("w_cal", lambda m: get("calibration.CalibratedClassifierCV", **calibrated(m))),
            ("w_calpipe", lambda m: get("calibration.CalibratedClassifierCV", **calibrated(make_pipeline(get("preprocessing.StandardScaler"), m)))),
            ("w_calone", lambda m: get("calibration.CalibratedClassifierCV", ensemble=False, **calibrated(m))),
            ("w_bag", lambda m: get("ensemble.BaggingClassifier", **inner(m), n_estimators=3, random_state=0)),
            ("w_ada", lambda m: get("ensemble.AdaBoostClassifier", **inner(m), n_estimators=3, random_state=0)),
            ("w_stack", lambda m: get("ensemble.StackingClassifier", estimators=[("a", m), ("b", get("tree.DecisionTreeClassifier", max_depth=3))], cv=3)),
            ("w_hard", lambda m: get("ensemble.VotingClassifier", estimators=[("a", m), ("b", get("naive_bayes.GaussianNB"))], weights=[0.3, 0.7])),
            ("w_soft", lambda m: get("ensemble.VotingClassifier", estimators=[("a", m), ("b", get("naive_bayes.GaussianNB"))], voting="soft", weights=[2, 1])),
            ("w_nested", lambda m: Pipeline([("u", make_union(get("preprocessing.StandardScaler"), get("decomposition.PCA", n_components=2))), ("skip", "passthrough"), ("in", Pipeline([("m", m)]))])),
            ("w_grid", lambda m: get("model_selection.GridSearchCV", estimator=Pipeline([("s", get("preprocessing.StandardScaler")), ("m", m)]), param_grid={"s": [get("preprocessing.MinMaxScaler"), "passthrough"]}, cv=3)),
            ("w_tuned", lambda m: get("model_selection.TunedThresholdClassifierCV", estimator=m)),
            ("w_sfm", lambda m: make_pipeline(get("feature_selection.SelectFromModel", estimator=get("ensemble.ExtraTreesClassifier", n_estimators=4, random_state=0), max_features=2), m)),
        ):
            add("v_{}_{}".format(name, kind), lambda k=kind, w=wrap, b=wrapped: b(k, w))

    for name, make in REGRESSORS.items():
        plain_fit("v_r_{}".format(name), make, wide, target)
        plain_fit("v_r_{}_w".format(name), make, wide, target, sample_weight=weights)
        plain_fit("v_r_{}_one".format(name), make, wide[:, :1], target)
        plain_fit("v_r_{}_col".format(name), make, wide, target.reshape(-1, 1))
        plain_fit("v_r_{}_multi".format(name), make, wide, numpy.column_stack([target, wide[:, 0] * 3]))
        plain_fit("v_r_{}_int".format(name), make, wide.round(0).astype(int), target.astype(int), rows=wide.round(0)[:10])
        plain_fit("v_r_{}_f32".format(name), make, wide.astype("float32"), target.astype("float32"))
        plain_fit("v_r_{}_huge".format(name), make, wide * 1e8, target * 1e10, rows=edges(wide * 1e8))
        plain_fit("v_r_{}_const".format(name), make, wide, numpy.full(len(target), 3.25))
        plain_fit("v_r_{}_be".format(name), make, wide.astype(">f8"), target.astype(">f8"))
    gaps = wide.copy()
    gaps[check_random_state(3).rand(*gaps.shape) < 0.15] = numpy.nan
    for name, make in TRANSFORMERS.items():
        plain_fit("v_t_{}".format(name), make, wide, None)
        plain_fit("v_t_{}_f32".format(name), make, wide.astype("float32"), None)
        plain_fit("v_t_{}_int".format(name), make, (wide * 3).astype(int), None, rows=(wide[:10] * 3).astype(int))
        plain_fit("v_t_{}_nan".format(name), make, gaps, None, rows=gaps[:12])
        constant = wide.copy()
        constant[:, 1] = -2.0
        plain_fit("v_t_{}_const".format(name), make, constant, None)
        plain_fit("v_t_{}_be".format(name), make, numpy.asfortranarray(wide).astype(">f8"), None)
        plain_fit("v_t_{}_huge".format(name), make, wide * 1e15, None, rows=edges(wide * 1e15))

        def piped(name=name, make=make):
            write("v_t_{}_pipe".format(name), make_pipeline(make(), get("linear_model.LogisticRegression")).fit(x3, y3), edges(x3), (("pickle", 4),))

        add("v_t_{}_pipe".format(name), piped)

    tables(add, write)
    families(add, write)


def inner(model):
    """The argument's name for a wrapped estimator changed in 1.2."""
    import inspect

    from sklearn.ensemble import BaggingClassifier

    return {"estimator" if "estimator" in inspect.signature(BaggingClassifier).parameters else "base_estimator": model}


def calibrated(model):
    return dict(inner(model), cv=3)


def tables(add, write):
    """Models of data frames: categories, booleans, numbers as text, unknown categories, odd names, transformers' options."""
    numeric, text = ["age", "größe (cm)", "level"], ["city", "code"]

    def columns(parts, **options):
        from sklearn.compose import ColumnTransformer

        return ColumnTransformer(parts, **options)

    ohe = lambda **options: get("preprocessing.OneHotEncoder", **options)
    variants = {
        "ohe_ignore": lambda: columns([("n", get("preprocessing.StandardScaler"), numeric), ("c", ohe(handle_unknown="ignore"), text)]),
        "ohe_drop": lambda: columns([("c", ohe(drop="first"), text), ("n", "passthrough", numeric)]),
        "ohe_dropif": lambda: columns([("c", ohe(drop="if_binary"), text + ["member"]), ("n", "drop", numeric)], remainder="passthrough"),
        "ohe_infreq": lambda: columns([("c", ohe(min_frequency=35, handle_unknown="infrequent_if_exist"), text + ["level"])]),
        "ohe_max": lambda: columns([("c", ohe(max_categories=2, handle_unknown="infrequent_if_exist"), text)]),
        "ohe_bool": lambda: columns([("c", ohe(), ["member", "level"])], remainder=get("preprocessing.MinMaxScaler") if False else "drop"),
        "ohe_given": lambda: columns([("c", ohe(categories=[["Bergen", "Tromsø", "", " Oslo "], ["10", "2", "1"]]), text)]),
        "ord": lambda: columns([("c", get("preprocessing.OrdinalEncoder", handle_unknown="use_encoded_value", unknown_value=-7), text + ["member"])], remainder="passthrough"),
        "ord_nan": lambda: columns([("c", get("preprocessing.OrdinalEncoder", handle_unknown="use_encoded_value", unknown_value=99, dtype=numpy.int32), text)]),
        "target": lambda: columns([("c", get("preprocessing.TargetEncoder", smooth=2.0, random_state=0), text)]),
        "impute": lambda: columns([("c", make_pipeline(get("impute.SimpleImputer", strategy="constant", fill_value="missing"), ohe(handle_unknown="ignore")), text), ("n", get("impute.SimpleImputer", strategy="most_frequent"), numeric)]),
        "weights": lambda: columns([("n", get("preprocessing.StandardScaler"), numeric), ("c", ohe(), text)], transformer_weights={"n": 0.5, "c": 3}),
        "mask": lambda: columns([("n", get("preprocessing.RobustScaler"), [True, True, False, False, False, True])]),
        "index": lambda: columns([("n", get("preprocessing.RobustScaler"), [-1, 0]), ("c", ohe(), slice(2, 5))], remainder="passthrough"),
        "namesl": lambda: columns([("n", get("preprocessing.StandardScaler"), slice("age", "größe (cm)"))]),
        "text": lambda: columns([("t", get("feature_extraction.text.TfidfVectorizer", analyzer="char"), "city"), ("n", "passthrough", ["age"])]),
        "func": lambda: columns([("l", get("preprocessing.FunctionTransformer", func=numpy.log1p), ["age"]), ("n", get("preprocessing.KBinsDiscretizer", n_bins=3), ["größe (cm)"])], sparse_threshold=1.0),
        "nested": lambda: columns([("o", columns([("i", get("preprocessing.StandardScaler"), ["age"])], remainder="passthrough"), numeric), ("c", ohe(), ["code"])]),
    }
    models = {
        "lr": lambda: get("linear_model.LogisticRegression", max_iter=300),
        "dt": lambda: get("tree.DecisionTreeClassifier", max_depth=4, random_state=0),
        "hgb": lambda: get("ensemble.HistGradientBoostingClassifier", max_iter=4, min_samples_leaf=3),
        "knn": lambda: get("neighbors.KNeighborsClassifier"),
    }
    for kind, make in variants.items():
        for model, tail in models.items():
            name = "v_df_{}_{}".format(kind, model)

            def build(name=name, make=make, tail=tail):
                x, y = frame(len(name))
                pipeline = make_pipeline(make(), tail()).fit(x, y)
                write(name, pipeline, x.iloc[:8], (("joblib", 0),))
                rows = x.iloc[8:14].copy()
                rows.iloc[0, rows.columns.get_loc("city")] = "Never seen"
                rows.iloc[1, rows.columns.get_loc("code")] = "3"
                try:
                    pipeline.predict(rows)
                except ValueError:
                    return
                write(name + "_unk", pipeline, rows, (("joblib", 3),))

            add(name, build)

        def alone(kind=kind, make=make):
            x, y = frame(5)
            write("v_df_{}_alone".format(kind), make().fit(x, y), x.iloc[:8], (("pickle", 3),))

        add("v_df_{}_alone".format(kind), alone)
    for kind, cast in {
        "category": lambda x: x.astype({"city": "category", "code": "category"}),
        "nullable": lambda x: x.astype({"age": "Int64", "member": "boolean"}),
        "string": lambda x: x.astype({"city": "string", "code": "string"}),
        "f32": lambda x: x.astype({"age": "float32", "level": "float32"}),
        "allobject": lambda x: x.astype(object),
    }.items():
        for shape in ("ohe_ignore", "ord", "impute"):

            def typed(kind=kind, cast=cast, shape=shape):
                x, y = frame(7)
                x = cast(x)
                model = make_pipeline(variants[shape](), models["lr"]()).fit(x, y)
                write("v_df_{}_{}".format(kind, shape), model, x.iloc[:8], (("joblib", 0),))

            add("v_df_{}_{}".format(kind, shape), typed)

    def numbers_as_objects():
        x, y = frame(1)
        x = x[numeric].astype(object)
        write("v_df_objnum", make_pipeline(get("preprocessing.StandardScaler"), models["lr"]()).fit(x, y), x.iloc[:8], (("joblib", 0),))

    add("v_df_objnum", numbers_as_objects)

    def categories_of_floats():
        x = numpy.array([[1.0, numpy.nan], [2.5, 3.0], [-1.0, numpy.nan], [2.5, 7.0]] * 20)
        y = numpy.array([0, 1, 1, 0] * 20)
        for name, encoder in (("ohe", ohe(handle_unknown="ignore")), ("ord", get("preprocessing.OrdinalEncoder"))):
            write("v_floatcat_" + name, make_pipeline(encoder, models["dt"]()).fit(x, y), x[:4], (("joblib", 0),))
        write("v_ohe_nan_alone", ohe(handle_unknown="ignore").fit(x), numpy.vstack([x[:4], [[9.0, numpy.nan]]]), (("joblib", 0),))

    add("v_floatcat", categories_of_floats)

    def none_cells():
        x = numpy.array([["a", None], ["b", "u"], [None, "v"], ["a", "u"]] * 20, dtype=object)
        y = numpy.array([0, 1, 1, 0] * 20)
        write("v_none_ohe", make_pipeline(ohe(handle_unknown="ignore"), models["dt"]()).fit(x, y), x[:4], (("joblib", 0),))
        write("v_none_ord", make_pipeline(get("preprocessing.OrdinalEncoder"), models["hgb"]()).fit(x, y), x[:4], (("joblib", 0),))
        imputed = make_pipeline(get("impute.SimpleImputer", strategy="most_frequent", missing_values=None), ohe())
        write("v_none_imp", make_pipeline(imputed, models["lr"]()).fit(x, y), x[:4], (("joblib", 0),))

    add("v_none", none_cells)

    def category_hgb():
        x, y = frame(3)
        x = x.astype({"city": "category"})[["age", "city", "level"]]
        model = get("ensemble.HistGradientBoostingClassifier", max_iter=5, min_samples_leaf=3, categorical_features="from_dtype").fit(x, y)
        write("v_hgb_from_dtype", model, x.iloc[:10], (("joblib", 0),))

    add("v_hgb_from_dtype", category_hgb)

    def output_pandas():
        x, y = frame(4)
        for kind in ("impute", "func", "ord", "ohe_drop"):
            model = make_pipeline(variants[kind]().set_params(sparse_threshold=0), models["lr"]())
            try:
                model.set_output(transform="pandas")
                write("v_df_out_" + kind, model.fit(x, y), x.iloc[:8], (("joblib", 0),))
            except ValueError:
                continue

    add("v_df_out", output_pandas)

    def reordered():
        x, y = frame(6)
        model = make_pipeline(variants["ohe_ignore"](), models["lr"]()).fit(x, y)
        write("v_df_reordered", model, x.iloc[:8][list(reversed(x.columns))], (("joblib", 0),))

    add("v_df_reordered", reordered)

    def numpy_scalars():
        x, y = blobs(3, seed=8)
        model = get("neighbors.KNeighborsClassifier", n_neighbors=numpy.int64(4), p=numpy.float32(2))
        write("v_np_knn", model.fit(x, y), edges(x), (("pickle", 0),))
        model = get("svm.SVC", C=numpy.float64(2), gamma=numpy.float32(0.25), probability=True, random_state=0)
        write("v_np_svc", model.fit(x, y), edges(x), (("pickle", 1),))
        model = get("ensemble.GradientBoostingClassifier", learning_rate=numpy.float32(0.3), n_estimators=numpy.int32(4), random_state=numpy.random.RandomState(3))
        write("v_np_gb", model.fit(x, y), edges(x), (("pickle", 0),))

    add("v_np", numpy_scalars)


def families(add, write):
    """Selectors, counts, documents, chains and missing values with parameters that defaults do not show."""
    x, y = blobs(3, features=6, seed=4)
    r, target = line(6, seed=4)
    counts = check_random_state(1).poisson(3, (120, 5)).astype(float)
    gaps = x.copy()
    gaps[check_random_state(2).rand(*x.shape) < 0.2] = numpy.nan
    texts = numpy.array(["Ein rotes Haus", "UN chat, noir!", "x1 y2 z3", "foo_bar foo-bar FOO", "naïve café déjà", "a b c", "", "HAUS haus Haus 12"] * 15, dtype=object)
    lr = lambda **options: get("linear_model.LogisticRegression", **options)
    tree = lambda: get("tree.DecisionTreeClassifier", max_depth=3, random_state=0)

    def fit(name, make, inputs, labels, rows):
        add("v_f_" + name, lambda: write("v_f_" + name, make().fit(inputs, labels), rows, (("joblib", ("gzip", 4)),)))

    for name, make in {
        "kbest_all": lambda: make_pipeline(get("feature_selection.SelectKBest", k="all"), lr()),
        "kbest_mi": lambda: make_pipeline(get("feature_selection.SelectKBest", k=2, score_func=importlib.import_module("sklearn.feature_selection").mutual_info_classif), lr()),
        "percentile": lambda: make_pipeline(get("feature_selection.SelectPercentile", percentile=40), lr()),
        "fdr": lambda: make_pipeline(get("feature_selection.SelectFdr"), tree()),
        "generic": lambda: make_pipeline(get("feature_selection.GenericUnivariateSelect", mode="k_best", param=3), tree()),
        "rfe": lambda: get("feature_selection.RFE", estimator=get("svm.SVC", kernel="linear"), n_features_to_select=0.5, step=0.2),
        "rfecv": lambda: get("feature_selection.RFECV", estimator=lr(), cv=3),
        "chain": lambda: get("multioutput.MultiOutputClassifier", estimator=lr()),
        "ecoc": lambda: get("multiclass.OutputCodeClassifier", estimator=lr(), code_size=3, random_state=1),
        "ovo_dt": lambda: get("multiclass.OneVsOneClassifier", estimator=tree()),
        "gs_refit": lambda: get("model_selection.GridSearchCV", estimator=make_pipeline(get("decomposition.PCA"), lr()), param_grid={"pca__n_components": [2, 3]}, scoring=["accuracy", "f1_macro"], refit="f1_macro", cv=3),
        "halving": lambda: get("model_selection.RandomizedSearchCV", estimator=get("ensemble.RandomForestClassifier", random_state=0), param_distributions={"n_estimators": [3, 5], "max_depth": [None, 2]}, n_iter=2, cv=2, random_state=0),
        "bag_pipe": lambda: get("ensemble.BaggingClassifier", n_estimators=3, random_state=0, **inner(make_pipeline(get("preprocessing.StandardScaler"), get("svm.SVC", probability=True)))),
        "bag_svc": lambda: get("ensemble.BaggingClassifier", n_estimators=3, random_state=0, **inner(get("svm.LinearSVC"))),
        "stack_prefit": lambda: get("ensemble.StackingClassifier", estimators=[("a", tree().fit(x, y)), ("b", get("svm.LinearSVC").fit(x, y))], final_estimator=tree(), cv="prefit"),
        "stack_pass": lambda: get("ensemble.StackingClassifier", estimators=[("a", tree()), ("b", get("svm.LinearSVC")), ("c", "drop")], passthrough=True, stack_method="predict", cv=2),
        "vote_drop": lambda: get("ensemble.VotingClassifier", estimators=[("a", tree()), ("b", "drop"), ("c", lr())], voting="soft", flatten_transform=False),
        "fixed": lambda: get("model_selection.FixedThresholdClassifier", estimator=lr(), threshold=0.3),
        "union_w": lambda: make_pipeline(get("pipeline.FeatureUnion", transformer_list=[("a", get("preprocessing.StandardScaler")), ("d", "drop"), ("p", "passthrough")], transformer_weights={"a": 3}), lr()),
        "frozen": lambda: get("calibration.CalibratedClassifierCV", **dict(inner(get("frozen.FrozenEstimator", estimator=tree().fit(x, y))))),
        "prefit": lambda: get("calibration.CalibratedClassifierCV", cv="prefit", method="isotonic", **inner(get("svm.LinearSVC").fit(x, y))),
        "rf_cw": lambda: get("ensemble.RandomForestClassifier", n_estimators=3, class_weight="balanced_subsample", criterion="entropy", max_features=None, random_state=0),
        "gb_max": lambda: get("ensemble.GradientBoostingClassifier", n_estimators=3, criterion="squared_error", max_leaf_nodes=4, init="zero"),
        "lda_pri": lambda: get("discriminant_analysis.LinearDiscriminantAnalysis", priors=[0.2, 0.5, 0.3], n_components=1),
        "lda_cov": lambda: get("discriminant_analysis.LinearDiscriminantAnalysis", solver="lsqr", shrinkage=0.3),
        "qda_pri": lambda: get("discriminant_analysis.QuadraticDiscriminantAnalysis", priors=[0.1, 0.1, 0.8], store_covariance=True),
        "gnb_pri": lambda: get("naive_bayes.GaussianNB", priors=[0.6, 0.3, 0.1]),
        "nca": lambda: make_pipeline(get("neighbors.NeighborhoodComponentsAnalysis", n_components=2, random_state=0), get("neighbors.KNeighborsClassifier", n_neighbors=3)),
        "knn_wmink": lambda: get("neighbors.KNeighborsClassifier", metric="minkowski", p=3, metric_params={"w": numpy.arange(1.0, 7.0)}),
        "knn_maha": lambda: get("neighbors.KNeighborsClassifier", metric="mahalanobis", metric_params={"VI": numpy.eye(6) * 2}, algorithm="brute"),
        "knn_seu": lambda: get("neighbors.KNeighborsClassifier", metric="seuclidean", metric_params={"V": numpy.arange(1.0, 7.0)}),
        "radius_out": lambda: get("neighbors.RadiusNeighborsClassifier", radius=1.5, outlier_label=2, weights="distance"),
    }.items():
        fit(name, make, x, numpy.column_stack([y, y % 2]) if name == "chain" else y, edges(x) if name != "radius_out" else x[:8])
    for name, make in {
        "multinb": lambda: get("naive_bayes.MultinomialNB", alpha=0.01, fit_prior=False), "multinb_pri": lambda: get("naive_bayes.MultinomialNB", class_prior=[0.2, 0.3, 0.5]),
        "multinb0": lambda: get("naive_bayes.MultinomialNB", alpha=0, force_alpha=True), "comp": lambda: get("naive_bayes.ComplementNB", alpha=2.5, norm=True),
        "bern": lambda: get("naive_bayes.BernoulliNB", binarize=2.5, alpha=0.3), "bern_none": lambda: get("naive_bayes.BernoulliNB", binarize=None),
        "cat": lambda: get("naive_bayes.CategoricalNB", alpha=0.5, min_categories=40), "chi2": lambda: make_pipeline(get("feature_selection.SelectKBest", k=2, score_func=importlib.import_module("sklearn.feature_selection").chi2), tree()),
        "hgbcat": lambda: get("ensemble.HistGradientBoostingClassifier", max_iter=4, min_samples_leaf=3, categorical_features=[0, 2]), "ohe32": lambda: make_pipeline(get("preprocessing.OneHotEncoder", handle_unknown="ignore", dtype=numpy.float32), lr()),
        "tfidf_t": lambda: make_pipeline(get("feature_extraction.text.TfidfTransformer", sublinear_tf=True), lr()),
    }.items():
        fit(name, make, counts if name != "bern_none" else (counts > 2).astype(float), y, counts[:10] if name != "bern_none" else (counts[:10] > 2).astype(float))
    for name, make in {
        "hgb_nan": lambda: get("ensemble.HistGradientBoostingClassifier", max_iter=4, min_samples_leaf=3), "knnimp": lambda: make_pipeline(get("impute.KNNImputer", weights="distance", add_indicator=True), lr()),
        "iter": lambda: make_pipeline(iterative(), lr()), "imp_const": lambda: make_pipeline(get("impute.SimpleImputer", strategy="constant", fill_value=-5), tree()),
        "imp_empty": lambda: make_pipeline(get("impute.SimpleImputer", strategy="mean", add_indicator=True), get("preprocessing.StandardScaler"), get("svm.SVC")),
        "indicator": lambda: make_pipeline(get("impute.MissingIndicator", features="all"), tree()), "dt_nan": lambda: get("tree.DecisionTreeClassifier", max_depth=4),
        "et_nan": lambda: get("ensemble.ExtraTreesClassifier", n_estimators=3), "bag_nan": lambda: get("ensemble.BaggingClassifier", n_estimators=3, random_state=0),
        "scale_nan": lambda: make_pipeline(get("preprocessing.RobustScaler"), get("ensemble.HistGradientBoostingClassifier", max_iter=3)), "kb_q": lambda: make_pipeline(get("impute.SimpleImputer"), get("preprocessing.KBinsDiscretizer", n_bins=4, encode="ordinal"), lr()),
    }.items():
        fit(name, make, gaps, y, gaps[:12])
    for name, options in {
        "plain": {}, "mindf": dict(min_df=2, max_df=0.9), "vocab": dict(vocabulary=["haus", "foo", "chat"]), "word2": dict(ngram_range=(2, 2)), "stop": dict(stop_words=["haus", "a"]),
        "pattern": dict(token_pattern=r"(?u)\b\w+\b"), "group": dict(token_pattern=r"([a-z]+)\d?"), "accents": dict(strip_accents="unicode", lowercase=False), "char5": dict(analyzer="char_wb", ngram_range=(1, 5), max_features=30),
    }.items():
        for vectorizer in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"):
            chosen = {k: v for k, v in options.items() if vectorizer != "HashingVectorizer" or k not in ("min_df", "max_df", "vocabulary", "max_features")}
            make = lambda v=vectorizer, o=chosen: make_pipeline(get("feature_extraction.text." + v, **o), get("linear_model.SGDClassifier", loss="hinge", random_state=0))
            fit("text_{}_{}".format(name, vectorizer[:4]), make, texts, y, texts[:8])


def iterative():
    importlib.import_module("sklearn.experimental.enable_iterative_imputer")
    return get("impute.IterativeImputer", max_iter=3, random_state=0)
