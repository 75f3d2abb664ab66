"""Trains many small scikit-learn models with whatever scikit-learn runs this, and writes each with what it answers.

    python sklearn_corpus.py <folder> [name filter]

The folder gets one folder a model: the file and `case.json` (inputs as v1 instances with null for a missing value, and
the answers of predict, predict_proba, predict_log_proba, decision_function and transform where the model has them).
A model that the release cannot make is left out. `check.ts` compares Berth with it. Works with scikit-learn 0.22 to 1.9.
"""

import json
import math
import pathlib
import pickle
import sys
import warnings

import joblib
import numpy
import sklearn
import sklearn_variety
from sklearn.utils import check_random_state

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(sys.argv[1])
FILTER = sys.argv[2] if len(sys.argv) > 2 else ""
VERSION = "sk" + sklearn.__version__.replace(".", "")
CASES = []


def case(name):
    def register(function):
        CASES.append((name, function))
        return function

    return register


def data(kind="iris", seed=0):
    random = check_random_state(seed)
    from sklearn import datasets

    if kind == "iris":
        x, y = datasets.load_iris(return_X_y=True)
        return x, y
    if kind == "iris_text":
        x, y = datasets.load_iris(return_X_y=True)
        return x, numpy.array(["setosa", "versicolor", "virginica"])[y]
    if kind == "binary":
        x, y = datasets.make_classification(160, 7, n_informative=5, random_state=seed)
        return x.round(4), numpy.where(y == 1, "yes", "no")
    if kind == "binary_int":
        x, y = datasets.make_classification(160, 7, n_informative=5, random_state=seed)
        return x.round(4), y
    if kind == "four":
        x, y = datasets.make_classification(200, 8, n_informative=6, n_classes=4, random_state=seed)
        return x.round(4), y + 1
    if kind == "reg":
        x, y = datasets.make_regression(160, 6, noise=4.0, random_state=seed)
        return x.round(4), y
    if kind == "reg_pos":
        x, y = datasets.make_regression(160, 6, noise=4.0, random_state=seed)
        return x.round(4), numpy.exp(y / numpy.abs(y).max() * 2) + 0.1
    if kind == "counts":
        x = random.poisson(6, (160, 6)).astype(float)
        return x, (x[:, 0] + x[:, 1] > x[:, 2] + x[:, 3]).astype(int) + (x[:, 4] > 8)
    if kind == "multi_reg":
        x, y = datasets.make_regression(160, 6, n_targets=3, noise=2.0, random_state=seed)
        return x.round(4), y
    if kind == "multi_clf":
        x, y = datasets.make_multilabel_classification(160, 6, n_classes=4, random_state=seed)
        return x, y
    if kind == "nan":
        x, y = datasets.make_classification(200, 6, n_informative=5, n_redundant=0, random_state=seed)
        x = x.round(3)
        x[random.rand(*x.shape) < 0.15] = numpy.nan
        return x, y
    if kind == "text":
        words = "the quick brown fox jumps over lazy dog naïve café data science model serving It's 42 x_y e-mail".split()
        docs = [" ".join(random.choice(words, random.randint(2, 12))) for _ in range(80)]
        return numpy.array(docs, dtype=object), numpy.array([int("fox" in d or "data" in d) for d in docs])
    if kind == "objects":
        rows = [[random.choice(["ünï", "blue", "red", "green"]), random.choice(["S", "M", "XL"]), random.choice(list("abcd"))] for _ in range(120)]
        x = numpy.array(rows, dtype=object)
        return x, numpy.array([int(r[0] == "red" or r[1] == "S") for r in rows])
    raise ValueError(kind)


def frame(seed=0, nan=True):
    import pandas

    random = check_random_state(seed)
    table = pandas.DataFrame(
        {
            "age": random.randint(18, 80, 150).astype(float),
            "city": random.choice(["Bergen", "Tromsø", "Ål", "Oslo"], 150),
            "income": (random.lognormal(10, 1, 150)).round(2),
            "member": random.choice(["yes", "no"], 150),
            "score": random.randn(150).round(4),
        }
    )
    y = ((table["income"] > 20000).astype(int) + (table["city"] == "Oslo")).to_numpy() % 2
    if nan:
        table.loc[random.rand(150) < 0.1, "age"] = numpy.nan
        table.loc[random.rand(150) < 0.1, "score"] = numpy.nan
    return table, y


def plain(value):
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, numpy.ndarray):
        return [plain(v) for v in value] if value.ndim else plain(value.item())
    if isinstance(value, numpy.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def probe(x, seed=9):
    """Rows of the training data, some of them moved, as a client might send."""
    random = check_random_state(seed)
    if hasattr(x, "iloc"):
        return x.iloc[random.permutation(len(x))[:10]].reset_index(drop=True)
    if x.dtype == object:
        return x[random.permutation(len(x))[:10]]
    rows = x[random.permutation(len(x))[:10]].copy()
    rows[5:] = (rows[5:] * 1.031).round(3)
    return rows


def write(name, model, x, stores=(("joblib", 0),)):
    write_rows(name, model, probe(x), stores)


def write_rows(name, model, rows, stores):
    if getattr(rows, "dtype", None) == numpy.float32:
        rows = rows.astype(float)  # JSON has float64 only
    if hasattr(rows, "iloc"):
        instances = [{k: plain(v) for k, v in r.items()} for r in rows.to_dict("records")]
    else:
        instances = plain(rows)
    answers = {}
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform"):
        try:
            call = getattr(model, method)
        except AttributeError:
            continue
        try:
            answers[method] = plain(call(rows))
        except Exception as error:  # a method that this fit does not support
            answers.setdefault("refused", {})[method] = str(error)[:200]
    for store, option in stores:
        folder = ROOT / "{}_{}_{}{}".format(VERSION, name, store, option)
        folder.mkdir(parents=True, exist_ok=True)
        if store == "joblib":
            file = "model.joblib"
            joblib.dump(model, str(folder / file), compress=option)
        else:
            file = "model.pkl"
            (folder / file).write_bytes(pickle.dumps(model, protocol=option))
        text = {"format": "sklearn", "file": file, "library_version": sklearn.__version__, "inputs": instances, "answers": answers}
        (folder / "case.json").write_text(json.dumps(text))


def add(name, make, kind, stores=(("joblib", 0),), seed=0):
    def build():
        x, y = data(kind, seed) if isinstance(kind, str) else kind()
        model = make()
        model.fit(x, y)
        write(name, model, x, stores)

    CASES.append((name, build))


ALL_STORES = (("joblib", 0), ("joblib", 3), ("joblib", ("gzip", 3)), ("joblib", ("bz2", 3)), ("joblib", ("xz", 3)), ("joblib", ("lzma", 3)), ("pickle", 0), ("pickle", 1), ("pickle", 2), ("pickle", 3), ("pickle", 4), ("pickle", 5))


def catalogue():
    import importlib

    def get(path):
        module, name = path.rsplit(".", 1)
        return getattr(importlib.import_module("sklearn." + module), name)

    def reg(name, path, kinds, **options):
        for kind in kinds.split():
            for seed in (0, 1) if kind not in ("iris", "iris_text") else (0,):
                add("{}_{}_{}".format(name, kind, seed), lambda: get(path)(**options), kind, seed=seed)

    clf = "iris_text binary four"
    # linear
    reg("logreg", "linear_model.LogisticRegression", clf + " binary_int", max_iter=500)
    reg("logreg_ovr", "linear_model.LogisticRegression", clf, multi_class="ovr", max_iter=500)
    reg("logreg_multinomial", "linear_model.LogisticRegression", clf, multi_class="multinomial", max_iter=500)
    reg("logreg_liblinear", "linear_model.LogisticRegression", "binary", solver="liblinear")
    reg("logreg_l1", "linear_model.LogisticRegression", clf, penalty="l1", solver="saga", max_iter=200)
    reg("logregcv", "linear_model.LogisticRegressionCV", "iris binary", max_iter=200, cv=3)
    for name in "RidgeClassifier RidgeClassifierCV SGDClassifier Perceptron PassiveAggressiveClassifier".split():
        reg(name.lower(), "linear_model." + name, clf)
    for loss in "log log_loss modified_huber squared_hinge perceptron huber".split():
        reg("sgd_" + loss, "linear_model.SGDClassifier", "iris binary", loss=loss, random_state=0)
    for name in (
        "LinearRegression Ridge RidgeCV Lasso LassoCV ElasticNet ElasticNetCV Lars LarsCV LassoLars LassoLarsCV LassoLarsIC "
        "OrthogonalMatchingPursuit BayesianRidge ARDRegression HuberRegressor TheilSenRegressor RANSACRegressor SGDRegressor "
        "PassiveAggressiveRegressor QuantileRegressor"
    ).split():
        reg(name.lower(), "linear_model." + name, "reg")
    for name in "LinearRegression Ridge MultiTaskLasso MultiTaskElasticNet MultiTaskLassoCV RidgeCV".split():
        reg(name.lower(), "linear_model." + name, "multi_reg")
    for name in "PoissonRegressor GammaRegressor TweedieRegressor".split():
        reg(name.lower(), "linear_model." + name, "reg_pos")
    reg("tweedie15", "linear_model.TweedieRegressor", "reg_pos", power=1.5, link="log")
    reg("ridgeclf_multi", "linear_model.RidgeClassifier", "multi_clf")
    # svm
    for kernel in "linear poly rbf sigmoid".split():
        reg("svc_" + kernel, "svm.SVC", clf, kernel=kernel, probability=True, random_state=0)
        reg("nusvc_" + kernel, "svm.NuSVC", "iris binary", kernel=kernel, nu=0.2)
        reg("svr_" + kernel, "svm.SVR", "reg", kernel=kernel)
    reg("svc_ovo", "svm.SVC", "iris four", decision_function_shape="ovo")
    reg("svc_ties", "svm.SVC", "iris four", break_ties=True)
    reg("svc_gamma", "svm.SVC", "iris binary", gamma="auto", class_weight="balanced")
    reg("nusvr", "svm.NuSVR", "reg")
    reg("linearsvc", "svm.LinearSVC", clf)
    reg("linearsvc_cs", "svm.LinearSVC", "iris", multi_class="crammer_singer")
    reg("linearsvr", "svm.LinearSVR", "reg")
    reg("oneclass", "svm.OneClassSVM", "reg")
    # neighbours
    for algorithm in "auto brute kd_tree ball_tree".split():
        for weights in "uniform distance".split():
            reg("knn_{}_{}".format(algorithm, weights), "neighbors.KNeighborsClassifier", clf, algorithm=algorithm, weights=weights)
            reg("knnr_{}_{}".format(algorithm, weights), "neighbors.KNeighborsRegressor", "reg multi_reg", algorithm=algorithm, weights=weights)
    for metric in "manhattan chebyshev cosine correlation canberra braycurtis".split():
        reg("knn_" + metric, "neighbors.KNeighborsClassifier", "iris binary", metric=metric, algorithm="brute")
    reg("knn_p3", "neighbors.KNeighborsClassifier", "iris", p=3, n_neighbors=7)
    reg("knn_multi", "neighbors.KNeighborsClassifier", "multi_clf")
    reg("radius", "neighbors.RadiusNeighborsClassifier", "iris", radius=2.0, outlier_label="most_frequent")
    reg("radiusr", "neighbors.RadiusNeighborsRegressor", "reg", radius=4.0)
    reg("centroid", "neighbors.NearestCentroid", clf)
    reg("centroid_shrink", "neighbors.NearestCentroid", "iris", shrink_threshold=0.2)
    reg("lof", "neighbors.LocalOutlierFactor", "reg", novelty=True)
    # bayes, discriminant
    reg("gnb", "naive_bayes.GaussianNB", clf)
    for name in "MultinomialNB ComplementNB BernoulliNB CategoricalNB".split():
        reg(name.lower(), "naive_bayes." + name, "counts")
    reg("complementnb_norm", "naive_bayes.ComplementNB", "counts", norm=True)
    reg("lda", "discriminant_analysis.LinearDiscriminantAnalysis", clf)
    reg("lda_lsqr", "discriminant_analysis.LinearDiscriminantAnalysis", clf, solver="lsqr", shrinkage="auto")
    reg("lda_eigen", "discriminant_analysis.LinearDiscriminantAnalysis", "iris", solver="eigen", n_components=1)
    reg("qda", "discriminant_analysis.QuadraticDiscriminantAnalysis", clf, reg_param=0.05)
    # trees
    reg("dt", "tree.DecisionTreeClassifier", clf + " multi_clf")
    reg("dt_d3", "tree.DecisionTreeClassifier", clf, max_depth=3, class_weight="balanced")
    reg("dtr", "tree.DecisionTreeRegressor", "reg multi_reg")
    reg("dtr_mae", "tree.DecisionTreeRegressor", "reg", criterion="absolute_error", max_depth=4)
    reg("et1", "tree.ExtraTreeClassifier", "iris")
    reg("et1r", "tree.ExtraTreeRegressor", "reg")
    reg("dt_nan", "tree.DecisionTreeClassifier", "nan", max_depth=5)
    reg("rf_nan", "ensemble.RandomForestClassifier", "nan", n_estimators=10)
    for name in "RandomForest ExtraTrees".split():
        reg(name.lower() + "_c", "ensemble." + name + "Classifier", clf + " multi_clf", n_estimators=12)
        reg(name.lower() + "_r", "ensemble." + name + "Regressor", "reg multi_reg", n_estimators=12)
    reg("rf_oob", "ensemble.RandomForestClassifier", "iris", n_estimators=30, oob_score=True, max_samples=0.7)
    reg("rte", "ensemble.RandomTreesEmbedding", "iris", n_estimators=4, max_depth=3)
    reg("gb", "ensemble.GradientBoostingClassifier", clf, n_estimators=12)
    reg("gb_exp", "ensemble.GradientBoostingClassifier", "binary", n_estimators=12, loss="exponential")
    reg("gb_sub", "ensemble.GradientBoostingClassifier", clf, n_estimators=12, subsample=0.6, max_features=2)
    for loss in "ls squared_error lad absolute_error huber quantile".split():
        reg("gbr_" + loss, "ensemble.GradientBoostingRegressor", "reg", n_estimators=12, loss=loss)

    def gb_init():
        from sklearn.ensemble import GradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression

        return GradientBoostingClassifier(n_estimators=6, init=LogisticRegression(max_iter=300))

    add("gb_init", gb_init, "iris")
    add("gb_init2", gb_init, "binary")
    reg("gb_zero", "ensemble.GradientBoostingRegressor", "reg", n_estimators=8, init="zero")
    try:
        import sklearn.experimental.enable_hist_gradient_boosting  # noqa
    except ImportError:
        pass
    reg("hgb", "ensemble.HistGradientBoostingClassifier", clf + " nan", max_iter=12, min_samples_leaf=5)
    reg("hgb_cat", "ensemble.HistGradientBoostingClassifier", "counts", max_iter=12, min_samples_leaf=5, categorical_features=[0, 4])
    reg("hgbr", "ensemble.HistGradientBoostingRegressor", "reg", max_iter=12, min_samples_leaf=5)
    reg("hgbr_catmask", "ensemble.HistGradientBoostingRegressor", "counts", max_iter=12, min_samples_leaf=5, categorical_features=[True, False, False, True, False, False])
    for loss in "poisson gamma".split():
        reg("hgbr_" + loss, "ensemble.HistGradientBoostingRegressor", "reg_pos", max_iter=12, loss=loss)
    for loss in "least_absolute_deviation absolute_error".split():
        reg("hgbr_" + loss, "ensemble.HistGradientBoostingRegressor", "reg", max_iter=12, loss=loss)
    reg("hgbr_quantile", "ensemble.HistGradientBoostingRegressor", "reg", max_iter=12, loss="quantile", quantile=0.8)
    reg("hgb_es", "ensemble.HistGradientBoostingClassifier", "binary", max_iter=30, early_stopping=True)
    reg("ada", "ensemble.AdaBoostClassifier", clf, n_estimators=10)
    reg("ada_samme", "ensemble.AdaBoostClassifier", clf, n_estimators=10, algorithm="SAMME")
    reg("adar", "ensemble.AdaBoostRegressor", "reg", n_estimators=10)
    reg("bag", "ensemble.BaggingClassifier", clf, n_estimators=6)
    reg("bag_feat", "ensemble.BaggingClassifier", clf, n_estimators=6, max_features=0.6, bootstrap_features=True)
    reg("bagr", "ensemble.BaggingRegressor", "reg", n_estimators=6, max_features=0.7)
    reg("iforest", "ensemble.IsolationForest", "reg", n_estimators=20, random_state=0)
    reg("iforest_cont", "ensemble.IsolationForest", "reg", n_estimators=20, contamination=0.1, max_samples=64, random_state=0)

    def members():
        from sklearn.linear_model import LogisticRegression
        from sklearn.naive_bayes import GaussianNB
        from sklearn.tree import DecisionTreeClassifier

        return [("lr", LogisticRegression(max_iter=300)), ("nb", GaussianNB()), ("dt", DecisionTreeClassifier(max_depth=3))]

    def rmembers():
        from sklearn.linear_model import LinearRegression, Ridge
        from sklearn.tree import DecisionTreeRegressor

        return [("lr", LinearRegression()), ("r", Ridge()), ("dt", DecisionTreeRegressor(max_depth=3))]

    for kind in clf.split():
        for voting in ("hard", "soft"):
            add("vote_{}_{}".format(voting, kind), lambda v=voting: get("ensemble.VotingClassifier")(members(), voting=v, weights=[1, 2, 1.5]), kind)
        add("stack_" + kind, lambda: get("ensemble.StackingClassifier")(members(), cv=3), kind)
        add("stack_pass_" + kind, lambda: get("ensemble.StackingClassifier")(members(), cv=3, passthrough=True, stack_method="predict"), kind)
    add("voter", lambda: get("ensemble.VotingRegressor")(rmembers()), "reg")
    add("stackr", lambda: get("ensemble.StackingRegressor")(rmembers(), cv=3), "reg")
    for method in ("sigmoid", "isotonic", "temperature"):
        for kind in clf.split():
            add("cal_{}_{}".format(method, kind), lambda m=method: get("calibration.CalibratedClassifierCV")(get("naive_bayes.GaussianNB")(), method=m, cv=3), kind)
    add("cal_noens", lambda: get("calibration.CalibratedClassifierCV")(get("svm.LinearSVC")(), cv=3, ensemble=False), "binary")
    add("cal_svc", lambda: get("calibration.CalibratedClassifierCV")(get("svm.SVC")(), cv=3), "iris_text")
    reg("mlp", "neural_network.MLPClassifier", clf + " multi_clf", hidden_layer_sizes=(8, 5), max_iter=60, random_state=0)
    for activation in "identity logistic tanh".split():
        reg("mlp_" + activation, "neural_network.MLPClassifier", "binary iris", hidden_layer_sizes=(6,), max_iter=60, activation=activation, random_state=0)
    reg("mlpr", "neural_network.MLPRegressor", "reg multi_reg", hidden_layer_sizes=(8,), max_iter=60, random_state=0)
    for name, path, options in (
        ("kmeans", "cluster.KMeans", dict(n_clusters=4, random_state=0)),
        ("minibatch", "cluster.MiniBatchKMeans", dict(n_clusters=4, random_state=0)),
        ("pca", "decomposition.PCA", dict(n_components=3)),
        ("pca_white", "decomposition.PCA", dict(n_components=2, whiten=True)),
        ("ipca", "decomposition.IncrementalPCA", dict(n_components=2)),
        ("tsvd", "decomposition.TruncatedSVD", dict(n_components=2)),
        ("fa", "decomposition.FactorAnalysis", dict(n_components=2)),
        ("fastica", "decomposition.FastICA", dict(n_components=2, random_state=0)),
        ("nmf", "decomposition.NMF", dict(n_components=2, random_state=0)),
        ("kpca", "decomposition.KernelPCA", dict(n_components=2, kernel="rbf")),
        ("gmm_full", "mixture.GaussianMixture", dict(n_components=3, random_state=0)),
        ("gmm_diag", "mixture.GaussianMixture", dict(n_components=3, covariance_type="diag", random_state=0)),
        ("gmm_tied", "mixture.GaussianMixture", dict(n_components=3, covariance_type="tied", random_state=0)),
        ("gmm_spherical", "mixture.GaussianMixture", dict(n_components=3, covariance_type="spherical", random_state=0)),
        ("bgmm", "mixture.BayesianGaussianMixture", dict(n_components=3, random_state=0)),
        ("pls", "cross_decomposition.PLSRegression", dict(n_components=2)),
        ("dummy", "dummy.DummyClassifier", dict(strategy="prior")),
        ("dummy_mf", "dummy.DummyClassifier", dict(strategy="most_frequent")),
        ("dummyr", "dummy.DummyRegressor", dict(strategy="median")),
        ("gp", "gaussian_process.GaussianProcessRegressor", dict()),
        ("gpc", "gaussian_process.GaussianProcessClassifier", dict()),
        ("krr", "kernel_ridge.KernelRidge", dict(kernel="rbf")),
        ("birch", "cluster.Birch", dict(n_clusters=3)),
        ("elliptic", "covariance.EllipticEnvelope", dict(random_state=0)),
        ("labelprop", "semi_supervised.LabelPropagation", dict()),
    ):
        reg(name, path, "iris", **options)
    add("isotonic", lambda: get("isotonic.IsotonicRegression")(out_of_bounds="clip"), lambda: (data("reg")[0][:, :1], data("reg")[1]))

    # preprocessing alone and in a pipeline
    steps = dict(
        standard=("preprocessing.StandardScaler", {}),
        standard_nomean=("preprocessing.StandardScaler", dict(with_mean=False)),
        minmax=("preprocessing.MinMaxScaler", dict(feature_range=(-1, 2))),
        minmax_clip=("preprocessing.MinMaxScaler", dict(clip=True)),
        maxabs=("preprocessing.MaxAbsScaler", {}),
        robust=("preprocessing.RobustScaler", dict(quantile_range=(10, 90))),
        robust_unit=("preprocessing.RobustScaler", dict(unit_variance=True)),
        norm_l1=("preprocessing.Normalizer", dict(norm="l1")),
        norm_max=("preprocessing.Normalizer", dict(norm="max")),
        norm_l2=("preprocessing.Normalizer", {}),
        binarizer=("preprocessing.Binarizer", dict(threshold=0.3)),
        quantile_u=("preprocessing.QuantileTransformer", dict(n_quantiles=20)),
        quantile_n=("preprocessing.QuantileTransformer", dict(n_quantiles=20, output_distribution="normal")),
        power_yj=("preprocessing.PowerTransformer", {}),
        power_raw=("preprocessing.PowerTransformer", dict(standardize=False)),
        kbins_onehot=("preprocessing.KBinsDiscretizer", dict(n_bins=4)),
        kbins_ordinal=("preprocessing.KBinsDiscretizer", dict(n_bins=4, encode="ordinal", strategy="uniform")),
        kbins_kmeans=("preprocessing.KBinsDiscretizer", dict(n_bins=4, encode="onehot-dense", strategy="kmeans")),
        poly=("preprocessing.PolynomialFeatures", {}),
        poly3=("preprocessing.PolynomialFeatures", dict(degree=3, interaction_only=True, include_bias=False)),
        spline=("preprocessing.SplineTransformer", dict(n_knots=4)),
        spline_lin=("preprocessing.SplineTransformer", dict(n_knots=4, extrapolation="linear", include_bias=False)),
        variance=("feature_selection.VarianceThreshold", dict(threshold=0.2)),
        percentile=("feature_selection.SelectPercentile", dict(percentile=50)),
        kbest=("feature_selection.SelectKBest", dict(k=2)),
        fpr=("feature_selection.SelectFpr", {}),
        rbf=("kernel_approximation.RBFSampler", dict(random_state=0, n_components=8)),
        nystroem=("kernel_approximation.Nystroem", dict(random_state=0, n_components=8)),
        gauss=("random_projection.GaussianRandomProjection", dict(random_state=0, n_components=3)),
        pca=("decomposition.PCA", dict(n_components=2)),
        kcentre=("preprocessing.KernelCenterer", {}),
    )
    from sklearn.pipeline import FeatureUnion, make_pipeline

    for key, (path, options) in steps.items():
        reg("pre_" + key, path, "iris binary_int", **options)
        add("pipe_" + key, lambda p=path, o=options: make_pipeline(get(p)(**o), get("linear_model.LogisticRegression")(max_iter=300)), "iris_text")
    reg("box_cox", "preprocessing.PowerTransformer", "iris", method="box-cox")
    add("rfe", lambda: get("feature_selection.RFE")(get("linear_model.LogisticRegression")(max_iter=300), n_features_to_select=2), "iris")
    add("rfecv", lambda: get("feature_selection.RFECV")(get("linear_model.LogisticRegression")(max_iter=300), cv=3), "binary")
    add("sfm", lambda: make_pipeline(get("feature_selection.SelectFromModel")(get("ensemble.RandomForestClassifier")(10)), get("naive_bayes.GaussianNB")()), "binary")
    add("sfs", lambda: make_pipeline(get("feature_selection.SequentialFeatureSelector")(get("naive_bayes.GaussianNB")(), n_features_to_select=2), get("naive_bayes.GaussianNB")()), "iris")
    add("union", lambda: make_pipeline(FeatureUnion([("a", get("preprocessing.StandardScaler")()), ("b", get("decomposition.PCA")(2))], transformer_weights={"a": 0.5}), get("svm.SVC")()), "iris")
    add("union_drop", lambda: make_pipeline(FeatureUnion([("a", get("preprocessing.StandardScaler")()), ("b", "drop")]), get("svm.SVC")()), "iris")
    for strategy in "mean median most_frequent constant".split():
        for indicator in (False, True):
            add("imp_{}_{}".format(strategy, indicator), lambda s=strategy, i=indicator: make_pipeline(get("impute.SimpleImputer")(strategy=s, add_indicator=i), get("linear_model.LogisticRegression")(max_iter=300)), "nan")
    reg("imp_alone", "impute.SimpleImputer", "nan", strategy="median")
    reg("imp_knn", "impute.KNNImputer", "nan", n_neighbors=3)
    reg("imp_knn_d", "impute.KNNImputer", "nan", n_neighbors=3, weights="distance", add_indicator=True)
    reg("missing", "impute.MissingIndicator", "nan")
    try:
        import sklearn.experimental.enable_iterative_imputer  # noqa
    except ImportError:
        pass
    reg("imp_iter", "impute.IterativeImputer", "nan", max_iter=4, random_state=0)
    add("ohe_lr", lambda: make_pipeline(get("preprocessing.OneHotEncoder")(handle_unknown="ignore"), get("linear_model.LogisticRegression")()), "objects", (("pickle", 4),))
    add("ohe_drop", lambda: make_pipeline(get("preprocessing.OneHotEncoder")(drop="first"), get("linear_model.LogisticRegression")()), "objects")
    add("ohe_binary", lambda: get("preprocessing.OneHotEncoder")(drop="if_binary"), "objects")
    add("ohe_infrequent", lambda: get("preprocessing.OneHotEncoder")(min_frequency=30, handle_unknown="infrequent_if_exist"), "objects")
    add("ordinal", lambda: make_pipeline(get("preprocessing.OrdinalEncoder")(), get("tree.DecisionTreeClassifier")()), "objects")
    add("ordinal_unknown", lambda: get("preprocessing.OrdinalEncoder")(handle_unknown="use_encoded_value", unknown_value=-1), "objects")
    add("target_enc", lambda: make_pipeline(get("preprocessing.TargetEncoder")(), get("linear_model.LogisticRegression")()), "objects")
    reg("ohe_num", "preprocessing.OneHotEncoder", "counts", handle_unknown="ignore")

    # text
    for name, path, options in (
        ("count", "feature_extraction.text.CountVectorizer", {}),
        ("count_bin", "feature_extraction.text.CountVectorizer", dict(binary=True, ngram_range=(1, 2), stop_words="english")),
        ("char", "feature_extraction.text.CountVectorizer", dict(analyzer="char", ngram_range=(2, 3))),
        ("char_wb", "feature_extraction.text.TfidfVectorizer", dict(analyzer="char_wb", ngram_range=(2, 4), max_features=80)),
        ("tfidf", "feature_extraction.text.TfidfVectorizer", {}),
        ("tfidf_sub", "feature_extraction.text.TfidfVectorizer", dict(sublinear_tf=True, norm="l1", smooth_idf=False, strip_accents="unicode")),
        ("tfidf_ascii", "feature_extraction.text.TfidfVectorizer", dict(strip_accents="ascii", lowercase=False, use_idf=False)),
        ("hashing", "feature_extraction.text.HashingVectorizer", dict(n_features=64)),
        ("hashing_pos", "feature_extraction.text.HashingVectorizer", dict(n_features=64, alternate_sign=False, norm=None)),
        ("token", "feature_extraction.text.TfidfVectorizer", dict(token_pattern=r"[a-z]+|\d")),
    ):
        for model, mpath in (("lr", "linear_model.LogisticRegression"), ("nb", "naive_bayes.MultinomialNB"), ("svc", "svm.LinearSVC"), ("rf", "ensemble.RandomForestClassifier")):
            add("text_{}_{}".format(name, model), lambda p=path, o=options, m=mpath: make_pipeline(get(p)(**o), get(m)()), "text")
        add("text_" + name, lambda p=path, o=options: get(p)(**o), "text")

    # frames
    def columns(model, **options):
        from sklearn.compose import ColumnTransformer

        numeric = make_pipeline(get("impute.SimpleImputer")(strategy="median"), get("preprocessing.StandardScaler")())
        parts = [("n", numeric, ["age", "income", "score"]), ("c", get("preprocessing.OneHotEncoder")(handle_unknown="ignore"), ["city", "member"])]
        return make_pipeline(ColumnTransformer(parts, **options), model)

    for name, make in (
        ("lr", lambda: columns(get("linear_model.LogisticRegression")(max_iter=300))),
        ("rf", lambda: columns(get("ensemble.RandomForestClassifier")(10), sparse_threshold=0)),
        ("gb", lambda: columns(get("ensemble.GradientBoostingClassifier")(n_estimators=8))),
        ("svc", lambda: columns(get("svm.SVC")(probability=True))),
        ("knn", lambda: columns(get("neighbors.KNeighborsClassifier")())),
    ):
        for seed in (0, 1):
            add("df_{}_{}".format(name, seed), make, lambda s=seed: frame(s))

    def remainder(value):
        from sklearn.compose import ColumnTransformer

        parts = [("c", get("preprocessing.OneHotEncoder")(), ["city", "member"])]
        return make_pipeline(ColumnTransformer(parts, remainder=value), get("tree.DecisionTreeClassifier")(max_depth=4))

    add("df_remainder", lambda: remainder("passthrough"), lambda: frame(0, nan=False))
    add("df_remainder_est", lambda: remainder(get("preprocessing.MinMaxScaler")()), lambda: frame(0, nan=False))
    add("df_drop", lambda: remainder("drop"), lambda: frame(0, nan=False))

    def by_index():
        from sklearn.compose import ColumnTransformer

        parts = [("a", get("preprocessing.StandardScaler")(), [0, 2]), ("b", get("preprocessing.MinMaxScaler")(), slice(1, 2))]
        return make_pipeline(ColumnTransformer(parts, remainder="passthrough"), get("svm.SVC")())

    add("ct_index", by_index, "iris")

    def selector():
        from sklearn.compose import ColumnTransformer, make_column_selector

        parts = [("a", get("preprocessing.StandardScaler")(), make_column_selector(dtype_include=numpy.number)), ("b", get("preprocessing.OrdinalEncoder")(), make_column_selector(dtype_include=object))]
        return make_pipeline(ColumnTransformer(parts), get("linear_model.LogisticRegression")(max_iter=300))

    add("df_selector", selector, lambda: frame(0, nan=False))

    def pandas_output():
        model = columns(get("linear_model.LogisticRegression")(max_iter=300), sparse_threshold=0)
        model.steps[0][1].transformers[1][1].set_params(sparse_output=False)
        model.set_output(transform="pandas")
        return model

    add("df_pandas_out", pandas_output, lambda: frame(0))
    # searches and wrappers
    grid = {"C": [0.1, 1.0]}
    add("grid_svc", lambda: get("model_selection.GridSearchCV")(get("svm.SVC")(), grid, cv=3), "iris_text")
    add("random_lr", lambda: get("model_selection.RandomizedSearchCV")(get("linear_model.LogisticRegression")(max_iter=200), grid, n_iter=2, cv=3), "binary")
    add("grid_pipe", lambda: get("model_selection.GridSearchCV")(make_pipeline(get("preprocessing.StandardScaler")(), get("svm.SVC")()), {"svc__C": [0.5, 1]}, cv=3), "iris")
    add("ovr", lambda: get("multiclass.OneVsRestClassifier")(get("svm.SVC")()), "iris_text")
    add("ovr_lr", lambda: get("multiclass.OneVsRestClassifier")(get("linear_model.LogisticRegression")()), "four")
    add("ovr_multi", lambda: get("multiclass.OneVsRestClassifier")(get("linear_model.LogisticRegression")()), "multi_clf")
    add("ovo", lambda: get("multiclass.OneVsOneClassifier")(get("svm.LinearSVC")()), "four")
    add("ecoc", lambda: get("multiclass.OutputCodeClassifier")(get("svm.LinearSVC")(), random_state=0), "four")
    add("multi_out", lambda: get("multioutput.MultiOutputClassifier")(get("linear_model.LogisticRegression")()), "multi_clf")
    add("multi_outr", lambda: get("multioutput.MultiOutputRegressor")(get("ensemble.GradientBoostingRegressor")(n_estimators=5)), "multi_reg")
    add("chain_clf", lambda: get("multioutput.ClassifierChain")(get("linear_model.LogisticRegression")(), order=[2, 0, 1, 3]), "multi_clf")
    add("chain_reg", lambda: get("multioutput.RegressorChain")(get("linear_model.Ridge")()), "multi_reg")
    add("ttr", lambda: get("compose.TransformedTargetRegressor")(get("linear_model.Ridge")(), transformer=get("preprocessing.StandardScaler")()), "reg")
    add("ttr_log", lambda: get("compose.TransformedTargetRegressor")(get("linear_model.Ridge")(), func=numpy.log1p, inverse_func=numpy.expm1), "reg_pos")
    add("func_log", lambda: make_pipeline(get("preprocessing.FunctionTransformer")(numpy.log1p), get("linear_model.LogisticRegression")(max_iter=300)), "iris")
    add("func_none", lambda: make_pipeline(get("preprocessing.FunctionTransformer")(), get("linear_model.LogisticRegression")(max_iter=300)), "iris")
    add("self_training", lambda: get("semi_supervised.SelfTrainingClassifier")(get("svm.SVC")(probability=True)), "binary_int")
    # storage forms
    add("store_svc", lambda: get("svm.SVC")(probability=True), "iris_text", ALL_STORES)
    add("store_rf", lambda: get("ensemble.RandomForestClassifier")(5), "iris_text", ALL_STORES)
    # float32 training data
    add("f32_lr", lambda: get("linear_model.LogisticRegression")(max_iter=300), lambda: (data("iris")[0].astype(numpy.float32), data("iris")[1]))
    add("f32_scaler", lambda: make_pipeline(get("preprocessing.StandardScaler")(), get("neural_network.MLPClassifier")(max_iter=50)), lambda: (data("iris")[0].astype(numpy.float32), data("iris")[1]))
    add("f32_knn", lambda: get("neighbors.KNeighborsClassifier")(), lambda: (data("iris")[0].astype(numpy.float32), data("iris")[1]))
    add("fortran_lr", lambda: get("neighbors.KNeighborsClassifier")(), lambda: (numpy.asfortranarray(data("iris")[0]), data("iris")[1]))


catalogue()
sklearn_variety.register(CASES, write_rows)
made = skipped = 0
for name, build in CASES:
    if FILTER and FILTER not in name:
        continue
    try:
        build()
        made += 1
    except Exception as error:
        skipped += 1
        if "-v" in sys.argv:
            print(name, type(error).__name__, str(error)[:150])
print("{}: {} made, {} not made by this release".format(VERSION, made, skipped))
