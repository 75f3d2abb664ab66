"""Unusual XGBoost and LightGBM models for boosting_corpus.py: wrappers with odd labels and `missing`, extreme base scores,
long and deep ensembles, early stopping, constraints, and models changed after training.

`xgboost_variety(xgboost, keep)` and `lightgbm_variety(lightgbm, keep)` call `keep(name, model, files, rows, answers)`;
`attempt` leaves out what a release cannot make.
"""

import numpy
from sklearn import datasets
from sklearn.utils import check_random_state


def data(classes=0, seed=0, gaps=True, features=6):
    random = check_random_state(seed)
    if classes:
        x, y = datasets.make_classification(240, features, n_informative=features - 1, n_redundant=0, n_classes=classes, n_clusters_per_class=1, random_state=seed)
    else:
        x, y = datasets.make_regression(240, features, noise=2.0, random_state=seed)
    x = x.round(2)
    x[random.rand(*x.shape) < 0.15] = 0
    if gaps:
        x[random.rand(*x.shape) < 0.1] = numpy.nan
    return x, y


def rows_of(x):
    width = x.shape[1]
    rows = [x[0], x[1], x[2] * 1.01, numpy.zeros(width), -numpy.zeros(width), numpy.full(width, numpy.nan), numpy.full(width, 1e30), numpy.full(width, -1e-40)]
    return numpy.array(rows)


def labels_of(y):
    words = numpy.array(["nø", "Yes", "10", "z"])
    return {"text": words[y], "object": words.astype(object)[y], "bool": y == 1, "neg": numpy.array([-3, 4, 9, 11])[y], "float": numpy.array([0.5, 1.5, 7.0, 8.0])[y]}


def answers_of(model, rows):
    answers = {"predict": model.predict(rows)}
    if hasattr(model, "predict_proba"):
        answers["predict_proba"] = model.predict_proba(rows)
    return answers


def pipelines(name, make, keep, attempt):
    """Inside scikit-learn's own: searches, calibration, votes, stacks, chains, multi-output, imputed and scaled."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.pipeline import make_pipeline

    x, y = data(3, seed=2, gaps=False)
    wraps = {
        "cal": lambda m: CalibratedClassifierCV(m, cv=2),
        "vote": lambda m: VotingClassifier([("a", m), ("b", LogisticRegression())], voting="soft"),
        "stack": lambda m: StackingClassifier([("a", m), ("b", LogisticRegression())], cv=2),
        "bag": lambda m: BaggingClassifier(m, n_estimators=2, random_state=0),
        "ovr": lambda m: OneVsRestClassifier(m),
        "grid": lambda m: GridSearchCV(m, {"max_depth": [2, 3]}, cv=2),
        "pipe": lambda m: make_pipeline(SimpleImputer(add_indicator=True), m),
    }
    for kind, wrap in wraps.items():

        def build(wrap=wrap, kind=kind):
            model = wrap(make()).fit(x, y)
            keep("{}_{}".format(name, kind), model, ["pkl"], edge_free(x), answers_of(model, edge_free(x)))

        attempt(build)

    def multi():
        model = MultiOutputClassifier(make()).fit(x, numpy.column_stack([y, y % 2]))
        keep(name + "_multi", model, ["pkl"], edge_free(x), {"predict": model.predict(edge_free(x))})

    attempt(multi)


def edge_free(x):
    return numpy.vstack([x[:6], x[6:9] * 1.02])


def wrappers(name, make, keep, attempt):
    """Classifiers under every kind of label, with weights, single columns and tables."""
    for count in (2, 3, 4):
        x, y = data(count, seed=count)
        for kind, labels in labels_of(y).items():
            if kind == "bool" and count > 2:
                continue

            def build(x=x, labels=labels, kind=kind, count=count):
                model = make().fit(x, labels, sample_weight=numpy.linspace(0.2, 2, len(x)))
                keep("{}_{}{}".format(name, kind, count), model, ["pkl"], rows_of(x), answers_of(model, rows_of(x)))

            attempt(build)

    def one_column():
        x, y = data(2, seed=5)
        model = make().fit(x[:, :1], y)
        keep(name + "_one", model, ["pkl"], rows_of(x[:, :1]), answers_of(model, rows_of(x[:, :1])))

    attempt(one_column)

    def table():
        import pandas

        x, y = data(2, seed=6)
        frame = pandas.DataFrame(x, columns=["a", "größe", "c d", "x_1", "y", "z"])
        model = make().fit(frame, y)
        keep(name + "_frame", model, ["pkl"], x[:8], answers_of(model, frame.iloc[:8]))

    attempt(table)


def xgboost_variety(xgboost, keep, attempt):
    files = ["bst", "json", "ubj", "pkl"]
    C, R = xgboost.XGBClassifier, xgboost.XGBRegressor
    wrappers("vw_xgb", lambda: C(n_estimators=4, max_depth=3), keep, attempt)
    wrappers("vw_xgb0", lambda: C(n_estimators=4, max_depth=3, missing=0), keep, attempt)
    wrappers("vw_dart", lambda: C(n_estimators=4, max_depth=2, booster="dart"), keep, attempt)
    pipelines("vp_xgb", lambda: C(n_estimators=3, max_depth=2), keep, attempt)

    def regress(name, **options):
        def build():
            x, y = data(seed=len(name))
            fit = options.pop("fit", {})
            if options.get("positive"):
                options.pop("positive")
                y = numpy.abs(y) / 50 + 0.1
            model = R(n_estimators=5, max_depth=3, **options).fit(x, y, **fit)
            keep("vr_" + name, model, ["pkl"], rows_of(x), {"predict": model.predict(rows_of(x))})
            keep("vrb_" + name, model.get_booster(), ["bst", "json", "ubj"], rows_of(x), {"predict": model.get_booster().predict(xgboost.DMatrix(rows_of(x), missing=numpy.nan))})

        attempt(build)

    regress("missing0", missing=0)
    regress("missing0f", missing=0.0, base_score=1e6)
    regress("missing_1", missing=-999.0)
    regress("base_huge", base_score=1e30)
    regress("base_neg", base_score=-123.456)
    regress("base_tiny", base_score=1e-30)
    regress("gamma", objective="reg:gamma", positive=True, base_score=3.5)
    regress("tweedie", objective="reg:tweedie", positive=True, tweedie_variance_power=1.1)
    regress("poisson", objective="count:poisson", positive=True, max_delta_step=0.3)
    regress("mono", monotone_constraints="(1,-1,0,0,0,0)")
    regress("inter", interaction_constraints="[[0,1],[2,3,4]]", tree_method="hist")
    regress("colsample", colsample_bytree=0.5, colsample_bylevel=0.6, subsample=0.5, gamma=0.4, reg_alpha=2)
    regress("linear", booster="gblinear", updater="coord_descent", feature_selector="cyclic")
    regress("forest", num_parallel_tree=3, subsample=0.5)
    regress("lossguide", tree_method="hist", grow_policy="lossguide", max_leaves=5)
    regress("bin4", tree_method="hist", max_bin=4)

    def booster(name, parameters, classes=0, rounds=5, **train):
        def build():
            x, y = data(classes, seed=len(name))
            if classes == 0 and parameters.get("positive"):
                parameters.pop("positive")
                y = numpy.abs(y) / 50 + 0.1
            matrix = xgboost.DMatrix(x, label=y)
            options = dict({"max_depth": 3, "eta": 0.4, "nthread": 1}, **parameters)
            model = xgboost.train(options, matrix, rounds, **train)
            rows = rows_of(x)
            m = xgboost.DMatrix(rows)
            # the oldest releases drop trees at random unless a number of them is given
            every = {"ntree_limit": 10000} if parameters.get("booster") == "dart" and xgboost.__version__ < "1" else {}
            answers = {"predict": model.predict(m, **every), "margin": model.predict(m, output_margin=True, **every)}
            keep("vb_" + name, model, files, rows, answers)

        attempt(build)

    booster("many", {"objective": "binary:logistic", "max_depth": 1}, 2, rounds=1500)
    booster("deep", {"objective": "reg:squarederror", "max_depth": 20, "min_child_weight": 0, "eta": 1}, rounds=2)
    booster("scale_pos", {"objective": "binary:logistic", "scale_pos_weight": 7.5}, 2)
    booster("base_near0", {"objective": "binary:logistic", "base_score": 1e-7}, 2)
    booster("base_near1", {"objective": "binary:logistic", "base_score": 0.999999}, 2)
    booster("softmax_base", {"objective": "multi:softprob", "num_class": 3, "base_score": 0.1}, 3)
    booster("softmax5", {"objective": "multi:softmax", "num_class": 5}, 3)
    booster("raw_base", {"objective": "binary:logitraw", "base_score": 0.2}, 2)
    booster("aft_ext", {"objective": "survival:aft", "aft_loss_distribution": "extreme", "positive": True})
    booster("skip_drop", {"booster": "dart", "skip_drop": 0.3, "rate_drop": 0.5, "normalize_type": "forest", "objective": "reg:squarederror"})
    booster("dart_one", {"booster": "dart", "one_drop": 1, "sample_type": "weighted", "objective": "multi:softprob", "num_class": 3}, 3)
    booster("lin_cox", {"booster": "gblinear", "objective": "count:poisson", "positive": True})
    booster("lin_base", {"booster": "gblinear", "objective": "reg:squarederror", "base_score": 12.5, "lambda": 3})

    def changed():
        x, y = data(2, seed=3)
        model = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, xgboost.DMatrix(x, label=y, feature_names=["f%d é" % i for i in range(6)]), 4)
        model.set_attr(best_iteration="1", note="größe", empty="")
        model.set_param({"nthread": 1})
        rows = rows_of(x)
        m = xgboost.DMatrix(rows, feature_names=["f%d é" % i for i in range(6)])
        keep("v_attr", model, files, rows, {"predict": model.predict(m), "margin": model.predict(m, output_margin=True)})

    attempt(changed)

    def early(kind):
        x, y = data(3 if kind == "clf" else 0, seed=7)
        model = (C if kind == "clf" else R)(n_estimators=40, max_depth=4, learning_rate=1.2)
        try:
            model.set_params(early_stopping_rounds=2)
            model.fit(x[:160], y[:160], eval_set=[(x[160:], y[160:])], verbose=False)
        except Exception:
            model.fit(x[:160], y[:160], eval_set=[(x[160:], y[160:])], verbose=False, early_stopping_rounds=2)
        keep("v_early_" + kind, model, ["pkl"], rows_of(x), answers_of(model, rows_of(x)))
        keep("v_earlyb_" + kind, model.get_booster(), files, rows_of(x), {"predict": model.get_booster().predict(xgboost.DMatrix(rows_of(x)))})

    attempt(early, "clf")
    attempt(early, "reg")

    def continued():
        x, y = data(seed=8)
        matrix = xgboost.DMatrix(x, label=y)
        first = xgboost.train({"max_depth": 2}, matrix, 3)
        model = xgboost.train({"max_depth": 4}, matrix, 3, xgb_model=first)
        keep("v_continued", model, files, rows_of(x), {"predict": model.predict(xgboost.DMatrix(rows_of(x)))})
        part = model[1:4]
        keep("v_slice", part, files, rows_of(x), {"predict": part.predict(xgboost.DMatrix(rows_of(x)))})

    attempt(continued)

    def multi_output():
        x, y = data(3, seed=9)
        model = C(n_estimators=4, max_depth=3).fit(x, numpy.column_stack([y > 0, y > 1, y == 0]).astype(int))
        keep("v_multilabel", model, ["pkl"], rows_of(x), answers_of(model, rows_of(x)))
        x, y = data(seed=9)
        model = R(n_estimators=4, max_depth=3).fit(x, numpy.column_stack([y, -y, y * 2]))
        keep("v_multireg", model, ["pkl"], rows_of(x), answers_of(model, rows_of(x)))

    attempt(multi_output)

    def ranker():
        x, y = data(3, seed=4)
        model = xgboost.XGBRanker(n_estimators=4, max_depth=2)
        model.fit(x, y, **({"qid": numpy.repeat(range(4), 60)} if xgboost.__version__ >= "1.6" else {"group": [60] * 4}))
        keep("v_ranker", model, ["pkl"], rows_of(x), {"predict": model.predict(rows_of(x))})

    attempt(ranker)


def lightgbm_variety(lightgbm, keep, attempt):
    C, R = lightgbm.LGBMClassifier, lightgbm.LGBMRegressor
    small = dict(n_estimators=4, num_leaves=6, min_child_samples=5)
    wrappers("vw_lgb", lambda: C(**small), keep, attempt)
    wrappers("vw_rf", lambda: C(boosting_type="rf", bagging_freq=1, subsample=0.6, subsample_freq=1, **small), keep, attempt)
    wrappers("vw_zero", lambda: C(zero_as_missing=True, **small), keep, attempt)
    pipelines("vp_lgb", lambda: C(**small), keep, attempt)
    for name, options in {
        "mono": dict(monotone_constraints=[1, -1, 0, 0, 0, 0]), "bin3": dict(max_bin=3), "linear": dict(linear_tree=True), "huber": dict(objective="huber", alpha=0.5),
        "quantile": dict(objective="quantile", alpha=0.2), "l1": dict(objective="mae"), "depth1": dict(max_depth=1), "nozero": dict(use_missing=False), "zero": dict(zero_as_missing=True),
        "goss": dict(boosting_type="goss"), "dart": dict(boosting_type="dart", drop_rate=0.7, skip_drop=0.1), "avg": dict(boost_from_average=False), "path": dict(path_smooth=3.0, extra_trees=True),
        "forced": dict(interaction_constraints=[[0, 1], [2, 3]]), "quant": dict(use_quantized_grad=True), "l2": dict(reg_lambda=3, reg_alpha=1, min_split_gain=0.1),
    }.items():

        def build(name=name, options=options):
            x, y = data(seed=len(name))
            model = R(**dict(small, **options)).fit(x, y)
            keep("vr_" + name, model, ["pkl"], rows_of(x), {"predict": model.predict(rows_of(x))})
            keep("vrb_" + name, model.booster_, ["txt"], rows_of(x), {"predict": model.booster_.predict(rows_of(x)), "margin": model.booster_.predict(rows_of(x), raw_score=True)})

        attempt(build)

    def booster(name, parameters, classes=0, rounds=5, positive=False, categorical=(), **train):
        def build():
            x, y = data(classes, seed=len(name))
            if positive:
                y = numpy.abs(y) / 50 + 0.1
            codes = {"big": 100000, "one": 1, "many": 300}
            for column in categorical:
                x[:, column] = check_random_state(column).randint(0, codes.get(name.split("_")[-1], 7), len(x)) * (7001 if name.endswith("huge") else 1)
                y = y + (x[:, column] % 3) if not classes else y
            dataset = lightgbm.Dataset(x, y, categorical_feature=list(categorical) or "auto")
            options = dict({"num_leaves": 7, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, "min_data_per_group": 2, "cat_smooth": 1}, **parameters)
            model = lightgbm.train(options, dataset, rounds, **train)
            rows = rows_of(x)
            if categorical:
                rows[6, list(categorical)] = 1e9
                rows[7, list(categorical)] = 2.7
                rows = numpy.vstack([rows, numpy.where(numpy.isin(range(x.shape[1]), categorical), -0.5, 1.0), numpy.where(numpy.isin(range(x.shape[1]), categorical), 3e9, 1.0)])
            keep("vb_" + name, model, ["txt", "pkl"], rows, {"predict": model.predict(rows), "margin": model.predict(rows, raw_score=True)})

        attempt(build)

    booster("many", {"objective": "binary", "num_leaves": 3}, 2, rounds=1500)
    booster("leaves", {"objective": "regression", "num_leaves": 200, "min_data_in_leaf": 1}, rounds=3)
    for kind in ("", "_big", "_one", "_many", "_huge"):
        booster("cat" + kind, {"objective": "regression"}, categorical=[1, 3])
        booster("catzero" + kind, {"objective": "regression", "zero_as_missing": True}, categorical=[2])
        booster("catbin" + kind, {"objective": "binary", "use_missing": False, "max_cat_to_onehot": 1}, 2, categorical=[0])
    booster("spw", {"objective": "binary", "scale_pos_weight": 12.0}, 2)
    booster("sig01", {"objective": "multiclassova", "num_class": 3, "sigmoid": 0.3}, 3)
    booster("rf_mc", {"objective": "multiclass", "num_class": 3, "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, 3)
    booster("rf_pois", {"objective": "poisson", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, positive=True)
    booster("rf_bin", {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, 2)
    booster("sqrt", {"objective": "regression", "reg_sqrt": True, "boosting": "dart"})
    booster("lin_dart", {"objective": "regression", "linear_tree": True, "boosting": "dart"})
    booster("none", {"objective": "none"}, rounds=0)

    def early(kind):
        x, y = data(3 if kind == "clf" else 0, seed=7)
        model = (C if kind == "clf" else R)(n_estimators=60, learning_rate=0.9, num_leaves=15)
        try:
            model.fit(x[:160], y[:160], eval_set=[(x[160:], y[160:])], callbacks=[lightgbm.early_stopping(2, verbose=False)])
        except (AttributeError, TypeError):
            model.fit(x[:160], y[:160], eval_set=[(x[160:], y[160:])], early_stopping_rounds=2, verbose=False)
        keep("v_early_" + kind, model, ["pkl"], rows_of(x), answers_of(model, rows_of(x)))
        keep("v_earlyb_" + kind, model.booster_, ["txt", "pkl"], rows_of(x), {"predict": model.booster_.predict(rows_of(x))})

    attempt(early, "clf")
    attempt(early, "reg")

    def custom():
        x, y = data(2, seed=4)
        model = C(objective=lambda t, p: (1 / (1 + numpy.exp(-p)) - t, numpy.exp(-p) / (1 + numpy.exp(-p)) ** 2), **small)
        model.fit(x, y)
        keep("v_customclf", model.booster_, ["txt"], rows_of(x), {"predict": model.booster_.predict(rows_of(x))})

    attempt(custom)

    def categories():
        import pandas

        x, y = data(seed=3)
        frame = pandas.DataFrame(x, columns=list("abcdef"))
        codes = check_random_state(0).randint(0, 4, len(x))
        frame["k"] = pandas.Categorical.from_codes(codes, ["x", "y", "é", "w"])
        model = R(**small).fit(frame, y + codes * 30)
        rows = numpy.column_stack([x[:8], codes[:8].astype(float)])
        keep("v_pandascat", model.booster_, ["txt"], rows, {"predict": model.predict(frame.iloc[:8])})

    attempt(categories)
