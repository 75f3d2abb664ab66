"""Golden files of LightGBM: small models of one release with what that release itself answers.

    python generate.py <output folder>

Writes <output folder>/<version>/cases.json and one text model for each case. Run it once for each release:
2.0.12, 2.2.3 (of which only rf_binary is kept), 2.3.1, 3.0.0, 3.3.5 and 4.0.0 under Python 3.8 with numpy 1.23.5, scipy 1.10.1, pandas 1.5.3 and
scikit-learn 1.0.2; 4.7.0 under Python 3.11 with numpy 2 and pandas 2 or newer.
"""
import json
import os
import sys
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
VERSION = tuple(int(part) for part in lgb.__version__.split(".")[:2])
ROWS, COLS = 160, 5
COMMON = {"verbose": -1, "num_leaves": 5, "min_data_in_leaf": 5, "min_data_in_bin": 1, "learning_rate": 0.3, "num_threads": 1, "seed": 3}


def number(value):
    value = float(value)
    return None if np.isnan(value) else value


def nested(array):
    array = np.asarray(array)
    if array.ndim == 0:
        return number(array)
    return [nested(part) for part in array]


def table(seed, missing=0.12):
    rng = np.random.RandomState(seed)
    data = np.round(rng.normal(size=(ROWS, COLS)) * 32) / 32
    data[rng.uniform(size=data.shape) < missing] = np.nan
    return rng, data


def queries(data):
    tiny = [1e-36, -1e-36, 1e-35, -1e-34, 1e-20]
    edges = np.array([[0.0, -0.0, 0.0, 0.0, 0.0], [np.nan] * COLS, [100, -100, 50, -50, 1e6], tiny])
    return np.concatenate([edges, data[:5]])


def labels(rng, data, kind):
    clean = np.nan_to_num(data)
    signal = clean[:, 0] - 0.7 * clean[:, 1] + 0.4 * clean[:, 2] * clean[:, 3] + 0.2 * rng.normal(size=len(clean))
    if kind == "binary":
        return (signal > 0.2).astype(float)
    if kind == "positive":
        return np.exp(0.4 * signal) + 0.1
    if kind == "count":
        return rng.poisson(np.exp(0.3 * signal)).astype(float)
    if kind == "unit":
        return 1 / (1 + np.exp(-signal))
    if kind == "class":
        return np.digitize(signal, [-0.6, 0.5]).astype(float)
    return signal + 3


class Writer:
    def __init__(self, root):
        self.folder = os.path.join(root, lgb.__version__)
        os.makedirs(self.folder, exist_ok=True)
        self.cases = []

    def add(self, name, booster, rows, **more):
        """One case: the file without its settings, and what the release predicts for `rows`."""
        path = os.path.join(self.folder, name + ".txt")
        booster.save_model(path)
        with open(path, encoding="utf-8", newline="") as saved:
            text = saved.read()
        keep = [line for line in text.split("\n")
                if not line.startswith("[") or line.startswith("[categorical_feature:") or line.startswith("[linear_tree")]
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write("\n".join(keep))
        case = {
            "file": name + ".txt",
            "inputs": nested(rows),
            "predict": nested(booster.predict(rows)),
            "raw": nested(booster.predict(rows, raw_score=True)),
            "two_rounds": nested(booster.predict(rows, raw_score=True, num_iteration=2)),
        }
        case.update(more)
        self.cases.append(case)

    def close(self):
        with open(os.path.join(self.folder, "cases.json"), "w") as out:
            out.write("[\n" + ",\n".join(json.dumps(case) for case in self.cases) + "\n]\n")


def by_objective(writer):
    objectives = [
        ("regression", "real", {}),
        ("regression", "positive", {"reg_sqrt": True}),
        ("regression_l1", "real", {}),
        ("huber", "real", {}),
        ("fair", "real", {}),
        ("quantile", "real", {"alpha": 0.7}),
        ("mape", "positive", {}),
        ("poisson", "count", {}),
        ("gamma", "positive", {}),
        ("tweedie", "positive", {}),
        ("binary", "binary", {"sigmoid": 1.7}),
        ("multiclass", "class", {"num_class": 3}),
        ("multiclassova", "class", {"num_class": 3, "sigmoid": 0.8}),
        ("xentropy", "unit", {}),
        ("xentlambda", "unit", {}),
        ("lambdarank", "count", {}),
    ]
    if VERSION >= (3, 0):
        objectives.append(("rank_xendcg", "count", {}))
        objectives.append(("none", "real", {}))
    if VERSION < (2, 1):
        objectives = [entry for entry in objectives if entry[0] not in ("mape", "gamma", "tweedie")]
    for index, (objective, kind, params) in enumerate(objectives):
        rng, data = table(100 + index)
        label = labels(rng, data, kind)
        group = [20] * (ROWS // 20) if "rank" in objective else None
        train = lgb.Dataset(data, label, group=group)
        params = dict(COMMON, objective=objective, **params)
        if objective == "none":
            gradient = lambda preds, dataset: (preds - dataset.get_label(), np.ones(len(preds)))
            if VERSION < (4, 0):
                booster = lgb.train(params, train, 3, fobj=gradient)
            else:
                params["objective"] = gradient
                booster = lgb.train(params, train, 3)
        else:
            booster = lgb.train(params, train, 3)
        writer.add("%s_%d" % (objective, index), booster, queries(data))


def by_boosting(writer):
    for boosting, params in [
        ("dart", {"drop_rate": 0.5}),
        ("rf", {"bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.8}),
        ("goss", {}),
    ]:
        for objective, kind, more in [("regression", "real", {}), ("binary", "binary", {}), ("multiclass", "class", {"num_class": 3})]:
            if (boosting == "goss" and objective != "binary") or (boosting == "rf" and objective == "multiclass" and VERSION < (2, 1)):
                continue
            rng, data = table(200)
            booster = lgb.train(dict(COMMON, boosting=boosting, objective=objective, **dict(params, **more)),
                                lgb.Dataset(data, labels(rng, data, kind)), 3)
            # Random forests of more than the asked rounds are averaged over the asked ones.
            writer.add("%s_%s" % (boosting, objective), booster, queries(data),
                       two_rounds_predict=nested(booster.predict(queries(data), num_iteration=2)))


def missing(writer):
    for name, params in [("zero", {"zero_as_missing": True}), ("unused", {"use_missing": False}), ("nan", {})]:
        rng, data = table(300, missing=0.2)
        data[rng.uniform(size=data.shape) < 0.25] = 0.0
        train = lgb.Dataset(data, labels(rng, data, "real") + (np.isnan(data[:, 1]) | (data[:, 1] == 0)) * 2, params=params)
        writer.add("missing_" + name, lgb.train(dict(COMMON, objective="regression", **params), train, 3), queries(data))
    rng, data = table(301, missing=0)
    writer.add("missing_none", lgb.train(dict(COMMON, objective="regression"), lgb.Dataset(data, labels(rng, data, "real")), 3), queries(data))


def shapes(writer):
    rng, data = table(400)
    label = labels(rng, data, "real")
    writer.add("constant", lgb.train(dict(COMMON, objective="regression"), lgb.Dataset(data, np.full(ROWS, 2.5)), 2), queries(data))
    few = lgb.train(dict(COMMON, objective="regression", min_gain_to_split=150.0), lgb.Dataset(data, label), 3)
    writer.add("single_leaf", few, queries(data))
    deep = lgb.train(dict(COMMON, objective="regression", num_leaves=40, min_data_in_leaf=1), lgb.Dataset(data, label), 2)
    writer.add("deep", deep, queries(data))
    rare = (rng.uniform(size=ROWS) < 0.03).astype(float)
    three = np.where(rare > 0, 2.0, labels(rng, data, "binary"))
    rare_class = lgb.train(dict(COMMON, objective="multiclass", num_class=4), lgb.Dataset(data, three), 2)
    writer.add("empty_class", rare_class, queries(data))
    if VERSION >= (3, 2):
        for objective, kind in [("regression", "real"), ("binary", "binary")]:
            linear = lgb.train(dict(COMMON, objective=objective, linear_tree=True),
                               lgb.Dataset(data, labels(rng, data, kind), params={"linear_tree": True}), 3)
            writer.add("linear_" + objective, linear, queries(data))


def categorical(writer):
    for name, params in [("sets", {"max_cat_to_onehot": 1, "cat_smooth": 1, "min_data_per_group": 1}),
                         ("onehot", {"max_cat_to_onehot": 100}),
                         ("zero", {"max_cat_to_onehot": 1, "cat_smooth": 1, "min_data_per_group": 1, "zero_as_missing": True})]:
        rng, data = table(500)
        data[:, 1] = rng.randint(0, 50, size=ROWS)
        data[:, 3] = rng.randint(0, 3, size=ROWS)
        data[rng.uniform(size=ROWS) < 0.1, 1] = np.nan
        label = np.nan_to_num(data[:, 0]) + (np.nan_to_num(data[:, 1]) % 5) + (data[:, 3] == 1)
        train = lgb.Dataset(data, label, categorical_feature=[1, 3], params=params)
        booster = lgb.train(dict(COMMON, objective="regression", **params), train, 3)
        edges = [[0, -1, 0, 0, 0], [0, 1e9, 0, 99, 0], [0, 3.7, 0, 1.2, 0], [0, -0.5, 0, -0.5, 0], [np.nan] * 5, [0, 3e9, 0, 2, 0]]
        writer.add("categorical_" + name, booster, np.concatenate([data[:6], edges]))


def frames(writer):
    rng, data = table(600)
    frame = pd.DataFrame({
        "size of": data[:, 0],
        "colour": pd.Categorical(rng.choice(["red", "grün", "blue"], size=ROWS)),
        "amount": data[:, 1],
        "code": pd.Categorical(rng.choice([10, 20, 35], size=ROWS)),
        "flag": pd.Categorical(rng.choice([True, False], size=ROWS)),
    })
    label = np.nan_to_num(data[:, 0]) + (frame["colour"] == "grün") * 2 - (frame["code"] == 20) * 1.5 + (frame["flag"] == True)
    if VERSION >= (3, 0):
        frame = frame.rename(columns={"amount": "größe"})
    params = dict(COMMON, objective="regression", num_leaves=8, cat_smooth=1, min_data_per_group=1)
    booster = lgb.train(params, lgb.Dataset(frame.rename(columns={"size of": "size_of"}), label), 4)
    rows = frame.rename(columns={"size of": "size_of"})[:8].copy()
    writer.add("frame", booster, rows_as_codes(rows), predict=nested(booster.predict(rows)), raw=nested(booster.predict(rows, raw_score=True)),
               two_rounds=nested(booster.predict(rows, raw_score=True, num_iteration=2)),
               records=[{name: plain(value) for name, value in row.items()} for row in frame[:8].to_dict("records")])


def rows_as_codes(rows):
    codes = rows.copy()
    for name in codes.columns:
        if str(codes[name].dtype) == "category":
            codes[name] = codes[name].cat.codes
    return codes.to_numpy(dtype=float)


def plain(value):
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, str):
        return value
    return number(value)


def main():
    writer = Writer(sys.argv[1])
    for part in [by_objective, by_boosting, missing, shapes, categorical, frames]:
        part(writer)
    writer.close()
    print(lgb.__version__, len(writer.cases), "cases")


main()
