"""Trains many small XGBoost or LightGBM models with whatever release runs this, and writes each with what it answers.

    python boosting_corpus.py <folder> xgboost|lightgbm [variety]    (variety: only the unusual models)

As sklearn_corpus.py: a folder a model with `case.json`. `answers` holds predict, and margin or raw scores; for pickled
wrappers what the wrapper answers. Works with XGBoost 0.82 to 3.2 and LightGBM 2.0 to 4.7.
"""

import json
import math
import pathlib
import pickle
import sys
import warnings

import boosting_variety
import numpy
from sklearn import datasets
from sklearn.utils import check_random_state

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(sys.argv[1])
WHICH = sys.argv[2]
made = skipped = 0


def plain(value):
    if isinstance(value, numpy.ndarray):
        return [plain(v) for v in value] if value.ndim else plain(value.item())
    if isinstance(value, numpy.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def table(kind, seed=0, missing=False):
    random = check_random_state(seed)
    if kind == "reg":
        x, y = datasets.make_regression(300, 7, noise=3.0, random_state=seed)
        y = y / 50
    elif kind == "pos":
        x, y = datasets.make_regression(300, 7, noise=3.0, random_state=seed)
        y = numpy.exp(y / numpy.abs(y).max() * 2) + 0.01
    elif kind == "counts":
        x, y = datasets.make_regression(300, 7, random_state=seed)
        y = random.poisson(numpy.exp(y / numpy.abs(y).max())).astype(float)
    elif kind == "unit":
        x, y = datasets.make_regression(300, 7, random_state=seed)
        y = 1 / (1 + numpy.exp(-y / 60))
    elif kind == "binary":
        x, y = datasets.make_classification(300, 7, n_informative=5, random_state=seed)
    elif kind == "four":
        x, y = datasets.make_classification(300, 7, n_informative=6, n_redundant=0, n_classes=4, random_state=seed)
    elif kind == "rank":
        x, y = datasets.make_classification(300, 7, n_informative=6, n_redundant=0, n_classes=4, random_state=seed)
    elif kind == "multi":
        x, y = datasets.make_regression(300, 7, n_targets=3, random_state=seed)
        y = y / 50
    x = x.round(4)
    if missing:
        x[random.rand(*x.shape) < 0.15] = numpy.nan
    return x, y


def rows_of(x):
    random = check_random_state(5)
    rows = x[random.permutation(len(x))[:12]].copy()
    rows[6:] = (rows[6:] * 1.03).round(3)
    return rows


def write(name, version, file, save, rows, answers):
    folder = ROOT / "{}_{}".format(version, name)
    folder.mkdir(parents=True, exist_ok=True)
    save(str(folder / file))
    text = {"format": WHICH if not file.endswith(".pkl") else "sklearn", "file": file, "library_version": version, "inputs": plain(rows), "answers": answers}
    (folder / "case.json").write_text(json.dumps(text))


def attempt(function, *arguments, **options):
    global made, skipped
    try:
        function(*arguments, **options)
        made += 1
    except Exception as error:
        skipped += 1
        if "-v" in sys.argv:
            print(arguments[:2], type(error).__name__, str(error)[:150])


def dump(model, path):
    pathlib.Path(path).write_bytes(pickle.dumps(model, protocol=4))


def xgboost_models():
    import xgboost

    version = "xgb" + xgboost.__version__.replace(".", "")
    files = ["bst", "json", "ubj", "pkl"]

    def one(name, parameters, kind, rounds=8, missing=True, group=False, **train):
        x, y = table(kind, seed=len(name), missing=missing)
        matrix = xgboost.DMatrix(x, label=y)
        if group:
            matrix.set_group([50] * 6)
        if parameters.get("objective") == "survival:aft":
            matrix.set_float_info("label_lower_bound", y)
            matrix.set_float_info("label_upper_bound", y * 1.2)
        parameters = dict({"max_depth": 4, "eta": 0.4, "nthread": 1, "verbosity": 0, "silent": 1}, **parameters)
        if not version.startswith("xgb0"):
            parameters.pop("silent")
        booster = xgboost.train(parameters, matrix, num_boost_round=rounds, **train)
        rows = rows_of(x)
        m = xgboost.DMatrix(rows)
        extra = {}
        if parameters.get("booster") == "dart":
            try:
                booster.predict(m, training=False)
            except TypeError:
                extra["ntree_limit"] = 0 if version >= "xgb1" else 10000
        answers = {"predict": plain(booster.predict(m, **extra)), "margin": plain(booster.predict(m, output_margin=True, **extra))}
        for file in files:

            def store(path, file=file):
                if file == "pkl":
                    dump(booster, path)
                else:
                    booster.save_model(path)

            attempt(write, "{}_{}".format(name, file), version, "model." + file, store, rows, answers)

    regression = "reg:squarederror" if version != "xgb081" else "reg:linear"
    objectives = [
        (regression, "reg"), ("reg:linear", "reg"), ("reg:squaredlogerror", "pos"), ("reg:logistic", "unit"), ("reg:pseudohubererror", "reg"),
        ("reg:absoluteerror", "reg"), ("binary:logistic", "binary"), ("binary:logitraw", "binary"), ("binary:hinge", "binary"),
        ("count:poisson", "counts"), ("survival:cox", "pos"), ("reg:gamma", "pos"), ("reg:tweedie", "pos"), ("survival:aft", "pos"),
    ]
    for objective, kind in objectives:
        attempt(one, objective.replace(":", "_"), {"objective": objective}, kind)
        attempt(one, objective.replace(":", "_") + "_base", {"objective": objective, "base_score": 0.3}, kind)
    attempt(one, "quantile", {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]}, "reg")
    for objective in ("multi:softmax", "multi:softprob"):
        attempt(one, objective.replace(":", "_"), {"objective": objective, "num_class": 4}, "four")
        attempt(one, objective.replace(":", "_") + "_forest", {"objective": objective, "num_class": 4, "num_parallel_tree": 3, "subsample": 0.7}, "four")
    for objective in ("rank:pairwise", "rank:ndcg", "rank:map"):
        attempt(one, objective.replace(":", "_"), {"objective": objective}, "binary" if objective == "rank:map" else "rank", group=True)
    for rate in (0.0, 0.4):
        attempt(one, "dart{}".format(rate), {"booster": "dart", "objective": "binary:logistic", "rate_drop": rate, "seed": 3}, "binary")
        attempt(one, "dartmulti{}".format(rate), {"booster": "dart", "objective": "multi:softprob", "num_class": 4, "rate_drop": rate}, "four")
    attempt(one, "gblinear", {"booster": "gblinear", "objective": regression}, "reg", missing=False)
    attempt(one, "gblinear_binary", {"booster": "gblinear", "objective": "binary:logistic"}, "binary", missing=False)
    attempt(one, "gblinear_multi", {"booster": "gblinear", "objective": "multi:softprob", "num_class": 4}, "four", missing=False)
    attempt(one, "forest", {"objective": "binary:logistic", "num_parallel_tree": 4, "subsample": 0.6}, "binary")
    attempt(one, "deep", {"objective": "binary:logistic", "max_depth": 12, "min_child_weight": 0}, "binary", rounds=3)
    attempt(one, "hist_lossguide", {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 9}, "binary")
    attempt(one, "exact", {"objective": regression, "tree_method": "exact"}, "reg")
    attempt(one, "monotone", {"objective": regression, "monotone_constraints": "(1,0,-1,0,0,0,0)"}, "reg")
    attempt(one, "one_round", {"objective": regression}, "reg", rounds=1)
    attempt(one, "zero_rounds", {"objective": "binary:logistic"}, "binary", rounds=0)
    attempt(one, "multi_target", {"objective": regression}, "multi")
    attempt(one, "multi_vector", {"objective": regression, "multi_strategy": "multi_output_tree", "tree_method": "hist"}, "multi")

    def custom():
        x, y = table("reg", missing=True)
        matrix = xgboost.DMatrix(x, label=y)
        booster = xgboost.train({"max_depth": 3}, matrix, 5, obj=lambda p, d: (p - d.get_label(), numpy.ones_like(p)))
        rows = rows_of(x)
        answers = {"predict": plain(booster.predict(xgboost.DMatrix(rows)))}
        for file in files:
            save = (lambda path: dump(booster, path)) if file == "pkl" else booster.save_model
            attempt(write, "custom_" + file, version, "model." + file, save, rows, answers)

    attempt(custom)

    def categorical(onehot):
        import pandas

        random = check_random_state(0)
        x, y = table("reg")
        frame = pandas.DataFrame(x, columns=list("abcdefg"))
        codes = random.randint(0, 12, len(frame))
        frame["k"] = pandas.Categorical.from_codes(codes, [str(i) for i in range(12)])
        matrix = xgboost.DMatrix(frame, label=y + codes % 5, enable_categorical=True)
        booster = xgboost.train({"max_depth": 4, "tree_method": "hist", "max_cat_to_onehot": 20 if onehot else 2}, matrix, 6)
        part = frame.iloc[:12]
        rows = numpy.column_stack([part[list("abcdefg")].to_numpy(), codes[:12].astype(float)])
        answers = {"predict": plain(booster.predict(xgboost.DMatrix(part, enable_categorical=True)))}
        for file in ("json", "ubj"):
            attempt(write, "cat_{}_{}".format(onehot, file), version, "model." + file, booster.save_model, rows, answers)

    attempt(categorical, False)
    attempt(categorical, True)

    def wrapper(name, cls, kind, **options):
        x, y = table(kind, missing=True)
        if options.pop("text", False):
            y = numpy.array(["a", "b", "c", "d"])[y]
        model = cls(n_estimators=7, max_depth=3, **options)
        fit = {}
        if name.endswith("early"):
            fit = dict(eval_set=[(x[:80], y[:80])], verbose=False)
            try:
                model.set_params(early_stopping_rounds=1)
                model.fit(x, y, **fit)
            except Exception:
                model.fit(x, y, early_stopping_rounds=1, **fit)
        else:
            model.fit(x, y)
        rows = rows_of(x)
        answers = {"predict": plain(model.predict(rows))}
        if hasattr(model, "predict_proba"):
            answers["predict_proba"] = plain(model.predict_proba(rows))
        write(name + "_pkl", version, "model.pkl", lambda path: dump(model, path), rows, answers)

    attempt(wrapper, "clf_binary", xgboost.XGBClassifier, "binary")
    attempt(wrapper, "clf_four", xgboost.XGBClassifier, "four")
    attempt(wrapper, "clf_early", xgboost.XGBClassifier, "four", learning_rate=1.5)
    attempt(wrapper, "regw", xgboost.XGBRegressor, "reg")
    attempt(wrapper, "regw_dart", xgboost.XGBRegressor, "reg", booster="dart", rate_drop=0.3)
    attempt(wrapper, "regw_linear", xgboost.XGBRegressor, "unit", booster="gblinear")
    attempt(wrapper, "rf", getattr(xgboost, "XGBRFClassifier", xgboost.XGBClassifier), "binary")
    attempt(wrapper, "rfr", getattr(xgboost, "XGBRFRegressor", xgboost.XGBRegressor), "reg")

    def piped():
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        x, y = table("four")
        model = make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=5, max_depth=3)).fit(x, y)
        rows = rows_of(x)
        answers = {"predict": plain(model.predict(rows)), "predict_proba": plain(model.predict_proba(rows))}
        write("pipeline_pkl", version, "model.pkl", lambda path: dump(model, path), rows, answers)

    attempt(piped)


def lightgbm_models():
    import lightgbm

    version = "lgb" + lightgbm.__version__.replace(".", "")

    def one(name, parameters, kind, rounds=8, missing=True, group=False, categorical=None, names=None):
        x, y = table(kind, seed=len(name), missing=missing)
        if categorical:
            random = check_random_state(1)
            for column in categorical:
                x[:, column] = random.randint(0, 40 if name.endswith("large") else 9, len(x))
            y = y + (x[:, categorical[0]] % 3)
            if missing:
                x[random.rand(len(x)) < 0.1, categorical[0]] = numpy.nan
        if parameters.get("zero_as_missing"):
            x[check_random_state(2).rand(*x.shape) < 0.2] = 0
        options = dict(group=[50] * 6) if group else {}
        dataset = lightgbm.Dataset(x, y, categorical_feature=categorical or "auto", feature_name=names or "auto", **options)
        parameters = dict({"num_leaves": 9, "learning_rate": 0.3, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, "min_data_per_group": 5, "deterministic": True}, **parameters)
        booster = lightgbm.train(parameters, dataset, num_boost_round=rounds)
        rows = rows_of(x)
        if categorical:
            rows[6:, categorical[0]] = numpy.floor(rows[6:, categorical[0]])
            rows[0, categorical[0]] = 77
            rows[1, categorical[0]] = -3
        answers = {"predict": plain(booster.predict(rows)), "margin": plain(booster.predict(rows, raw_score=True))}
        attempt(write, name + "_txt", version, "model.txt", booster.save_model, rows, answers)
        attempt(write, name + "_pkl", version, "model.pkl", lambda path: dump(booster, path), rows, answers)

    for objective, kind in (
        ("regression", "reg"), ("regression_l1", "reg"), ("huber", "reg"), ("fair", "reg"), ("poisson", "counts"), ("quantile", "reg"),
        ("mape", "pos"), ("gamma", "pos"), ("tweedie", "pos"), ("binary", "binary"), ("cross_entropy", "unit"), ("cross_entropy_lambda", "unit"),
        ("xentropy", "unit"), ("xentlambda", "unit"),
    ):
        attempt(one, objective, {"objective": objective}, kind)
    attempt(one, "reg_sqrt", {"objective": "regression", "reg_sqrt": True}, "pos")
    attempt(one, "sigmoid", {"objective": "binary", "sigmoid": 2.5}, "binary")
    attempt(one, "unbalance", {"objective": "binary", "is_unbalance": True}, "binary")
    for objective in ("multiclass", "multiclassova"):
        attempt(one, objective, {"objective": objective, "num_class": 4}, "four")
        attempt(one, objective + "_dart", {"objective": objective, "num_class": 4, "boosting": "dart", "drop_rate": 0.5}, "four")
    for objective in ("lambdarank", "rank_xendcg"):
        attempt(one, objective, {"objective": objective}, "rank", group=True)
    for boosting in ("dart", "goss", "rf"):
        for objective, kind in (("regression", "reg"), ("binary", "binary"), ("multiclass", "four")):
            options = {"objective": objective, "boosting": boosting, "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.7}
            if objective == "multiclass":
                options["num_class"] = 4
            if boosting == "goss":
                options.pop("bagging_freq")
                options.pop("bagging_fraction")
            attempt(one, "{}_{}".format(boosting, objective), options, kind)
    for kind in ("reg", "binary"):
        objective = "regression" if kind == "reg" else "binary"
        attempt(one, "zero_missing_" + kind, {"objective": objective, "zero_as_missing": True}, kind)
        attempt(one, "no_missing_" + kind, {"objective": objective, "use_missing": False}, kind)
    attempt(one, "cat", {"objective": "regression"}, "reg", categorical=[2])
    attempt(one, "cat2", {"objective": "regression", "max_cat_to_onehot": 1}, "reg", categorical=[2, 5])
    attempt(one, "cat_nomissing", {"objective": "regression"}, "reg", categorical=[2], missing=False)
    attempt(one, "cat_large", {"objective": "regression"}, "reg", categorical=[1])
    attempt(one, "linear_tree", {"objective": "regression", "linear_tree": True}, "reg")
    attempt(one, "linear_tree_nomissing", {"objective": "regression", "linear_tree": True, "linear_lambda": 0.1}, "reg", missing=False)
    attempt(one, "names", {"objective": "regression"}, "reg", names=["a b", "c", "é", "d_1", "x", "y", "z"])
    attempt(one, "stump", {"objective": "regression", "num_leaves": 2}, "reg")
    attempt(one, "constant", {"objective": "regression", "min_data_in_leaf": 1000}, "reg")
    attempt(one, "extra", {"objective": "binary", "extra_trees": True, "path_smooth": 2}, "binary")
    attempt(one, "many", {"objective": "binary"}, "binary", rounds=120)

    def custom():
        x, y = table("reg", missing=True)
        objective = lambda p, d: (p - d.get_label(), numpy.ones_like(p))
        try:
            booster = lightgbm.train({"verbose": -1, "objective": objective}, lightgbm.Dataset(x, y), 5)
        except Exception:
            booster = lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, y), 5, fobj=objective)
        rows = rows_of(x)
        write("custom_txt", version, "model.txt", booster.save_model, rows, {"predict": plain(booster.predict(rows))})

    attempt(custom)

    def wrapper(name, cls, kind, text=False, **options):
        x, y = table(kind, missing=True)
        if text:
            y = numpy.array(["no", "yes", "c", "d"])[y]
        model = cls(n_estimators=7, num_leaves=7, **options).fit(x, y)
        rows = rows_of(x)
        answers = {"predict": plain(model.predict(rows))}
        if hasattr(model, "predict_proba"):
            answers["predict_proba"] = plain(model.predict_proba(rows))
        write(name + "_pkl", version, "model.pkl", lambda path: dump(model, path), rows, answers)

    attempt(wrapper, "clf_binary", lightgbm.LGBMClassifier, "binary")
    attempt(wrapper, "clf_text", lightgbm.LGBMClassifier, "four", text=True)
    attempt(wrapper, "clf_ova", lightgbm.LGBMClassifier, "four", objective="multiclassova")
    attempt(wrapper, "clf_dart", lightgbm.LGBMClassifier, "binary", text=True, boosting_type="dart")
    attempt(wrapper, "regw", lightgbm.LGBMRegressor, "reg")
    attempt(wrapper, "regw_poisson", lightgbm.LGBMRegressor, "counts", objective="poisson")

    def early():
        x, y = table("binary")
        train = lightgbm.Dataset(x[:200], y[:200])
        valid = lightgbm.Dataset(x[200:], y[200:], reference=train)
        parameters = {"objective": "binary", "verbose": -1, "learning_rate": 0.9}
        try:
            booster = lightgbm.train(parameters, train, 40, [valid], callbacks=[lightgbm.early_stopping(2, verbose=False)])
        except AttributeError:
            booster = lightgbm.train(parameters, train, 40, [valid], early_stopping_rounds=2, verbose_eval=False)
        rows = rows_of(x)
        answers = {"predict": plain(booster.predict(rows, num_iteration=-1))}
        write("early_pkl", version, "model.pkl", lambda path: dump(booster, path), rows, {"predict": plain(booster.predict(rows))})
        booster.save_model(str(ROOT / "tmp.txt"))
        again = lightgbm.Booster(model_file=str(ROOT / "tmp.txt"))
        (ROOT / "tmp.txt").unlink()
        write("early_txt", version, "model.txt", again.save_model, rows, {"predict": plain(again.predict(rows))})

    attempt(early)


def keeper(version):
    """Writes a model of boosting_variety.py under each of the file forms."""

    def keep(name, model, files, rows, answers):
        for file in files:
            save = (lambda path: dump(model, path)) if file == "pkl" else model.save_model
            plain_answers = {method: plain(numpy.asarray(value)) for method, value in answers.items()}
            attempt(write, "{}_{}".format(name, file), version, "model." + file, save, rows, plain_answers)

    return keep


ROOT.mkdir(parents=True, exist_ok=True)
if "variety" not in sys.argv:
    (xgboost_models if WHICH == "xgboost" else lightgbm_models)()
library = __import__(WHICH)
variety = boosting_variety.xgboost_variety if WHICH == "xgboost" else boosting_variety.lightgbm_variety
variety(library, keeper(("xgb" if WHICH == "xgboost" else "lgb") + library.__version__.replace(".", "")), attempt)
print("{}: {} made, {} not".format(WHICH, made, skipped))
