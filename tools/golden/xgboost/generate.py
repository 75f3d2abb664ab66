"""Golden files of XGBoost: small models of one release with what that release itself answers.

    python generate.py <output folder>

Writes <output folder>/<version>/cases.json and one model file for each case. Run it once for each release:
0.82, 0.90, 1.0.2, 1.3.3, 1.5.2, 1.7.6, 2.1.4 under Python 3.8 with numpy 1.23.5, scipy 1.10.1, pandas 1.5.3 and
scikit-learn 1.0.2; 3.0.5 and 3.2.0 under Python 3.11 with numpy 2, pandas 2 or newer and scikit-learn 1.6 or newer.
"""
import json
import os
import pickle
import sys
import warnings

import numpy as np
import xgboost as xgb

warnings.filterwarnings("ignore")
VERSION = tuple(int(part) for part in xgb.__version__.split(".")[:2])
ROWS, COLS = 160, 5


def number(value):
    value = float(value)
    return None if np.isnan(value) else float("%.9g" % value)


def nested(array):
    array = np.asarray(array)
    if array.ndim == 0:
        return number(array)
    return [nested(part) for part in array]


def table(seed, missing=0.12):
    rng = np.random.RandomState(seed)
    data = np.round(rng.normal(size=(ROWS, COLS)) * 32) / 32
    data[rng.uniform(size=data.shape) < missing] = np.nan
    return rng, data.astype(np.float32)


def queries(data):
    edges = np.array([[0.0, -0.0, 0.0, 0.0, 0.0], [np.nan] * COLS, [100, -100, 50, -50, 1e6]], dtype=np.float32)
    return np.concatenate([edges, data[:5]])


class Writer:
    def __init__(self, root):
        self.folder = os.path.join(root, xgb.__version__)
        os.makedirs(self.folder, exist_ok=True)
        self.cases = []

    def add(self, name, booster, rows, ext="json", dmatrix=None, limit=None, raw=None, **more):
        """One case: the file, and what the release predicts for `rows`."""
        path = os.path.join(self.folder, name + "." + ext)
        if raw is None:
            booster.save_model(path)
        else:
            with open(path, "wb") as out:
                out.write(bytes(raw))
        make = dmatrix or (lambda data: xgb.DMatrix(data))
        every = {} if limit is None else {"ntree_limit": limit}
        case = {
            "file": os.path.basename(path),
            "inputs": nested(rows),
            "predict": nested(booster.predict(make(rows), **every)),
            "margin": nested(booster.predict(make(rows), output_margin=True, **every)),
        }
        part = {"ntree_limit": 2} if VERSION < (1, 4) else {"iteration_range": (0, 2)}
        if more.pop("part", True):
            case["two_rounds"] = nested(booster.predict(make(rows), output_margin=True, **part))
        case.update(more)
        self.cases.append(case)

    def close(self):
        with open(os.path.join(self.folder, "cases.json"), "w") as out:
            out.write("[\n" + ",\n".join(json.dumps(case) for case in self.cases) + "\n]\n")


def formats():
    if VERSION < (1, 0):
        return ["bst"]
    if VERSION < (1, 6):
        return ["json", "bst"]
    return ["json", "ubj", "deprecated"] if VERSION < (3, 0) else ["json", "ubj"]


def labels(rng, data, kind):
    clean = np.nan_to_num(data)
    signal = clean[:, 0] - 0.7 * clean[:, 1] + 0.4 * clean[:, 2] * clean[:, 3] + 0.2 * rng.normal(size=len(clean))
    if kind == "binary":
        return (signal > 0.2).astype(np.float32)
    if kind == "positive":
        return np.exp(0.4 * signal).astype(np.float32) + 0.1
    if kind == "count":
        return rng.poisson(np.exp(0.3 * signal)).astype(np.float32)
    if kind == "unit":
        return (1 / (1 + np.exp(-signal))).astype(np.float32)
    if kind == "class":
        return np.digitize(signal, [-0.6, 0.5]).astype(np.float32)
    return (signal + 3).astype(np.float32)


OBJECTIVES = [
    ("reg:linear" if VERSION < (0, 90) else "reg:squarederror", "real", {}),
    ("reg:logistic", "unit", {}),
    ("binary:logistic", "binary", {}),
    ("binary:logitraw", "binary", {}),
    ("binary:hinge", "binary", {}),
    ("count:poisson", "count", {}),
    ("reg:gamma", "positive", {}),
    ("reg:tweedie", "positive", {"tweedie_variance_power": 1.3}),
    ("survival:cox", "positive", {}),
    ("multi:softmax", "class", {"num_class": 3}),
    ("multi:softprob", "class", {"num_class": 3}),
    ("rank:pairwise", "count", {}),
]
if VERSION >= (1, 0):
    OBJECTIVES.append(("reg:squaredlogerror", "positive", {}))
if VERSION >= (1, 2):
    OBJECTIVES.append(("reg:pseudohubererror", "real", {}))
    OBJECTIVES.append(("survival:aft", "positive", {"aft_loss_distribution": "logistic"}))
if VERSION >= (1, 7):
    OBJECTIVES.append(("reg:absoluteerror", "real", {}))
if VERSION >= (2, 0):
    OBJECTIVES.append(("reg:quantileerror", "real", {"quantile_alpha": [0.2, 0.5, 0.9]}))
    OBJECTIVES.append(("rank:ndcg", "count", {"lambdarank_pair_method": "topk"}))
if VERSION >= (3, 1):
    try:
        xgb.train({"objective": "reg:expectileerror", "expectile_alpha": [0.5]}, xgb.DMatrix(np.ones((4, 1)), label=np.ones(4)), 1)
        OBJECTIVES.append(("reg:expectileerror", "real", {"expectile_alpha": [0.2, 0.8]}))
    except xgb.core.XGBoostError:
        pass
if VERSION >= (1, 7):
    # Last, since a case's data follow from its place.
    OBJECTIVES.append(("rank:map", "binary", {}))


def train_matrix(data, label, objective):
    matrix = xgb.DMatrix(data, label=label)
    if objective.startswith("rank:"):
        matrix.set_group([20] * (ROWS // 20))
    if objective == "survival:aft":
        matrix.set_float_info("label_lower_bound", label)
        matrix.set_float_info("label_upper_bound", label * 1.3)
    return matrix


def by_objective(writer):
    for index, (objective, kind, params) in enumerate(OBJECTIVES):
        rng, data = table(100 + index)
        params = dict(params, objective=objective, max_depth=3 if index % 2 else 2, eta=0.4, seed=1, silent=1, verbosity=0)
        booster = xgb.train(params, train_matrix(data, labels(rng, data, kind), objective), 3)
        ext = formats()[index % len(formats())]
        writer.add(objective.replace(":", "_"), booster, queries(data), ext)


def by_booster(writer):
    for index, (booster_name, objective, kind, params) in enumerate([
        ("dart", "binary:logistic", "binary", {"rate_drop": 0.4, "one_drop": 1}),
        ("dart", "multi:softprob", "class", {"num_class": 3, "rate_drop": 0.4, "one_drop": 1}),
        ("gblinear", "reg:squarederror", "real", {}),
        ("gblinear", "binary:logistic", "binary", {}),
        ("gblinear", "multi:softprob", "class", {"num_class": 3}),
        ("gbtree", "multi:softprob", "class", {"num_class": 3, "num_parallel_tree": 2, "subsample": 0.6, "max_depth": 1}),
        ("gbtree", "reg:squarederror", "real", {"num_parallel_tree": 2, "subsample": 0.6, "base_score": -1.75}),
        ("gbtree", "binary:logistic", "binary", {"base_score": 0.2}),
        ("gbtree", "count:poisson", "count", {"base_score": 3.5}),
        ("gbtree", "binary:logitraw", "binary", {"base_score": 0.3}),
    ]):
        if objective == "reg:squarederror" and VERSION < (0, 90):
            objective = "reg:linear"
        rng, data = table(200 + index)
        params = dict({"max_depth": 2}, **params)
        params = dict(params, booster=booster_name, objective=objective, eta=0.4, seed=1, silent=1, verbosity=0)
        booster = xgb.train(params, xgb.DMatrix(data, label=labels(rng, data, kind)), 3)
        for ext in formats() if index in (0, 3, 7) else formats()[index % len(formats()):][:1]:
            # Releases before 1.0 drop trees of dart at random when no limit is given.
            limit = 3 if booster_name == "dart" and VERSION < (1, 0) else None
            name = "%s_%s_%d" % (booster_name, objective.replace(":", "_"), index)
            writer.add(name, booster, queries(data), ext, limit=limit, part=booster_name != "gblinear")


def deep_and_constant(writer):
    rng, data = table(300)
    label = labels(rng, data, "real")
    deep = xgb.train({"max_depth": 12, "min_child_weight": 4, "silent": 1, "verbosity": 0}, xgb.DMatrix(data, label=label), 2)
    writer.add("deep", deep, queries(data), formats()[-1])
    stump = xgb.train({"gamma": 1e9, "silent": 1, "verbosity": 0}, xgb.DMatrix(data, label=label), 2)
    writer.add("stump", stump, queries(data), formats()[0])
    pruned = xgb.train({"gamma": 4.0, "max_depth": 4, "tree_method": "exact", "silent": 1, "verbosity": 0}, xgb.DMatrix(data, label=label), 4)
    writer.add("pruned", pruned, queries(data), formats()[0])
    early = xgb.train({"eta": 1.2, "max_depth": 2, "silent": 1, "verbosity": 0}, xgb.DMatrix(data[:80], label=label[:80]), 5,
                      evals=[(xgb.DMatrix(data[80:], label=label[80:]), "eval")], early_stopping_rounds=2, verbose_eval=False)
    every = {"ntree_limit": 0} if VERSION < (1, 4) else {"iteration_range": (0, 0)}
    best = int(early.attributes()["best_iteration"]) if "best_iteration" in early.attributes() else early.best_iteration
    writer.add("early", early, queries(data), formats()[0], best_iteration=best)
    names = ["a b", "größe", "x=y", "__proto__", "f,4"]
    named = xgb.DMatrix(data, label=label, feature_names=names)
    booster = xgb.train({"max_depth": 2, "silent": 1, "verbosity": 0}, named, 3)
    writer.add("named", booster, queries(data), formats()[0], dmatrix=lambda rows: xgb.DMatrix(rows, feature_names=names),
               feature_names=names)


def attributes(writer):
    rng, data = table(310)
    booster = xgb.train({"max_depth": 2, "silent": 1, "verbosity": 0}, xgb.DMatrix(data, label=labels(rng, data, "real")), 3)
    booster.set_attr(owner="Grüße", constructor="x")
    writer.add("attributes", booster, queries(data), formats()[-1], attributes={"owner": "Grüße", "constructor": "x"})


def pickled(writer):
    for name, params, kind in [("logistic", {"objective": "binary:logistic"}, "binary"),
                               ("dart", {"booster": "dart", "objective": "reg:gamma", "rate_drop": 0.5}, "positive"),
                               ("linear", {"booster": "gblinear"}, "real")]:
        rng, data = table(320)
        params = dict(params, max_depth=2, silent=1, verbosity=0)
        booster = xgb.train(params, xgb.DMatrix(data, label=labels(rng, data, kind)), 3)
        handle = pickle.loads(pickle.dumps(booster)).__getstate__()["handle"]
        limit = 3 if name == "dart" and VERSION < (1, 0) else None
        writer.add("pickled_" + name, booster, queries(data), "handle", raw=handle, limit=limit, part=name != "linear")


def wrappers(writer):
    if VERSION < (1, 0):
        return
    for name, kind, labels_of, params in [
        ("classifier2", "binary", lambda y: y.astype(int), {}),
        ("classifier3", "class", lambda y: y.astype(int), {}),
        ("regressor", "real", lambda y: y, {}),
    ]:
        rng, data = table(330)
        target = labels_of(labels(rng, data, kind))
        make = xgb.XGBRegressor if name == "regressor" else xgb.XGBClassifier
        model = make(n_estimators=2, max_depth=2, verbosity=0, **params)
        model.fit(data, target)
        rows = queries(data)
        more = {"wrapper_predict": nested(model.predict(rows))}
        if name != "regressor":
            more["wrapper_proba"] = nested(model.predict_proba(rows))
        path = os.path.join(writer.folder, "wrapper.json")
        try:
            model.save_model(path)
        except TypeError:
            return  # This scikit-learn is too new for the release.
        with open(path, "rb") as saved:
            raw = saved.read()
        os.remove(path)
        writer.add("wrapper_" + name, model.get_booster(), rows, "json", raw=raw, **more)


def categorical(writer):
    if VERSION < (1, 5):
        return
    rng, data = table(340)
    data[:, 1] = rng.randint(0, 40, size=ROWS)
    data[:, 3] = rng.randint(0, 3, size=ROWS)
    data[rng.uniform(size=ROWS) < 0.1, 1] = np.nan
    label = labels(rng, np.where(np.isnan(data), 0, data % 7 - 3), "real")
    types = ["q", "c", "q", "c", "q"]
    method = "gpu_hist" if VERSION < (1, 5) else ("approx" if VERSION < (1, 6) else "hist")
    rows = np.concatenate([data[:10], [[0, 77, 0, 2, 0], [0, 39, 0, 1, 0], [0, 1000, 1, 0, 1]]]).astype(np.float32)
    for name, params in [("onehot", {"max_cat_to_onehot": 100}), ("partition", {"max_cat_to_onehot": 1})]:
        if name == "partition" and VERSION < (1, 6):
            continue
        params = dict(params, max_depth=4, tree_method=method, verbosity=0)
        make = lambda values: xgb.DMatrix(values, feature_types=types, enable_categorical=True)
        train = xgb.DMatrix(data, label=label, feature_types=types, enable_categorical=True)
        booster = xgb.train(params, train, 4)
        for ext in ["json", "ubj"] if VERSION >= (1, 6) else ["json"]:
            writer.add("categorical_%s_%s" % (name, ext), booster, rows, ext, dmatrix=make)


def several_targets(writer):
    if VERSION < (1, 6):
        return
    rng, data = table(350)
    label = np.stack([labels(rng, data, "real"), labels(rng, data, "unit"), labels(rng, data, "binary")], axis=1)
    method = "hist"
    booster = xgb.train({"max_depth": 2, "tree_method": method, "verbosity": 0}, xgb.DMatrix(data, label=label), 4)
    writer.add("targets", booster, queries(data), formats()[0])
    binary = (label > np.median(label, axis=0)).astype(np.float32)
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 2, "tree_method": method, "verbosity": 0}, xgb.DMatrix(data, label=binary), 4)
    writer.add("multilabel", booster, queries(data), formats()[1])
    if VERSION < (2, 0):
        return
    shared = {"multi_strategy": "multi_output_tree", "tree_method": "hist", "max_depth": 3, "verbosity": 0}
    for ext in ["json", "ubj"]:
        booster = xgb.train(shared, xgb.DMatrix(data, label=label), 4)
        writer.add("vector_leaves_" + ext, booster, queries(data), ext)
    booster = xgb.train(dict(shared, objective="multi:softprob", num_class=3), xgb.DMatrix(data, label=labels(rng, data, "class")), 3)
    writer.add("vector_softprob", booster, queries(data), "json")


def frames(writer):
    """Categories by value, which files hold from 3.1 on."""
    if VERSION < (3, 1):
        return
    import pandas as pd

    rng, data = table(360)
    frame = pd.DataFrame({
        "size": data[:, 0].astype(np.float64),
        "colour": pd.Categorical(rng.choice(["red", "grün", "blue"], size=ROWS)),
        "code": pd.Categorical(rng.choice([10, 20, 35], size=ROWS)),
    })
    label = np.nan_to_num(data[:, 0]) + (frame["colour"] == "grün") * 2 - (frame["code"] == 20) * 1.5
    booster = xgb.train({"max_depth": 3, "tree_method": "hist", "verbosity": 0}, xgb.DMatrix(frame, label=label, enable_categorical=True), 5)
    rows = frame[:8]
    for ext in ["json", "ubj"]:
        path = os.path.join(writer.folder, "frame." + ext)
        booster.save_model(path)
        records = [{"size": number(row.size_), "colour": row.colour, "code": int(row.code)}
                   for row in rows.rename(columns={"size": "size_"}).itertuples()]
        writer.cases.append({"file": "frame." + ext, "records": records,
                             "predict": nested(booster.predict(xgb.DMatrix(rows, enable_categorical=True)))})


def main():
    writer = Writer(sys.argv[1])
    for part in [by_objective, by_booster, deep_and_constant, attributes, pickled, wrappers, categorical, several_targets, frames]:
        part(writer)
    writer.close()
    print(xgb.__version__, len(writer.cases), "cases")


main()
