"""Writes golden files for the scikit-learn evaluators. Runs on Python 3.6+ and scikit-learn 0.19+.

A generator makes a `Golden(out_path)`, calls `case(...)` per fitted model and `save()`. One JSON file holds the cases of one
family under one scikit-learn version; its shape is described in packages/formats/src/sklearn/golden.ts.
"""
import base64
import json
import math
import os
import pickle
import warnings
import zlib

import numpy as np
import sklearn

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples", "transform")


def _number(value):
    value = float(value)
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    # a whole number takes less room without its ".0"
    return int(value) if value == int(value) and abs(value) < 2 ** 53 and math.copysign(1, value) * value > 0 or str(value) == "0.0" else value


def _cell(value):
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return _number(value)
    if isinstance(value, bytes):
        return value.decode("latin1")
    return str(value)


def encode_array(array):
    """An output array: {dtype, shape, data}. Sparse ones are made dense."""
    if hasattr(array, "toarray"):
        array = array.toarray()
    if hasattr(array, "iloc"):
        array = array.to_numpy() if hasattr(array, "to_numpy") else array.values
    array = np.asarray(array)
    flat = array.ravel()
    data = [_number(v) for v in flat] if array.dtype.kind == "f" else [_cell(v) for v in flat]
    return {"dtype": array.dtype.kind + ("" if array.dtype.kind in "OUS" else str(array.dtype.itemsize)), "shape": list(array.shape), "data": data}


def encode_input(x):
    """A table: matrix (numeric array, sparse is sent dense), frame (DataFrame or object array), documents (list of str)."""
    if hasattr(x, "toarray"):
        out = encode_input(x.toarray())
        out["sparse"] = True
        return out
    if hasattr(x, "iloc"):
        columns = []
        for name in x.columns:
            column = x[name]
            if column.dtype.kind in "fiub":
                columns.append({"name": str(name), "kind": "number", "dtype": _dtype(column.dtype), "data": [_number(v) for v in column]})
            else:
                columns.append({"name": str(name), "kind": "object", "data": [None if v != v else _cell(v) for v in column]})
        return {"kind": "frame", "named": True, "rows": len(x), "columns": columns}
    if isinstance(x, (list, tuple)) and all(isinstance(v, str) for v in x):
        return {"kind": "documents", "data": list(x)}
    x = np.asarray(x)
    if x.dtype.kind in "OUS":
        columns = [{"name": str(j), "kind": "object", "data": [None if v != v else _cell(v) for v in x[:, j]]} for j in range(x.shape[1])]
        return {"kind": "frame", "named": False, "rows": x.shape[0], "columns": columns}
    return {"kind": "matrix", "dtype": _dtype(x.dtype), "shape": list(x.shape), "data": [_number(v) for v in x.ravel()]}


def _dtype(dtype):
    if dtype.kind == "f":
        return "float32" if dtype.itemsize == 4 else "float64"
    return "bool" if dtype.kind == "b" else "int64"


# Releases between the oldest and the newest keep a quarter of the cases each, another quarter every one.
THINNED = ("0.24.2", "1.0.2", "1.2.2", "1.5.2")


class Golden(object):
    def __init__(self, out_path, thin=False):
        self.out_path = out_path
        self.thin = THINNED.index(sklearn.__version__) if thin and sklearn.__version__ in THINNED else None
        self.seen = 0
        self.cases = []

    def case(self, name, model, x, methods=METHODS, scale=None, tolerance=None, model_bytes=None, names_out=False):
        """Records what a fitted model answers.

        scale: {method: number or array like the output}: the largest absolute term summed (s of the tolerance rule).
        tolerance: overrides r (1e-12 for float64 outputs, 1e-6 for float32).
        model_bytes: the file's bytes, where the way of saving is what is tested.
        """
        self.seen += 1
        if self.thin is not None and self.seen % len(THINNED) != self.thin:
            return
        entry = {"name": name, "input": encode_input(x), "outputs": {}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for method in methods:
                try:
                    function = getattr(model, method)
                except AttributeError:
                    continue
                try:
                    result = function(x)
                except (AttributeError, NotImplementedError):
                    continue
                if isinstance(result, list) and method != "predict":
                    entry["outputs"][method] = [encode_array(r) for r in result]
                else:
                    entry["outputs"][method] = encode_array(result)
            if names_out and hasattr(model, "get_feature_names_out"):
                entry["namesOut"] = [str(n) for n in model.get_feature_names_out()]
        if scale:
            entry["scale"] = {m: (np.asarray(s, dtype=float).ravel().tolist() if np.ndim(s) else float(s)) for m, s in scale.items()}
        if tolerance:
            entry["tolerance"] = tolerance
        if model_bytes is None:
            model_bytes = zlib.compress(pickle.dumps(model, 4), 9)
        entry["model"] = base64.b64encode(model_bytes).decode("ascii")
        self.cases.append(entry)

    def save(self):
        folder = os.path.dirname(self.out_path)
        if folder and not os.path.isdir(folder):
            os.makedirs(folder)
        with open(self.out_path, "w") as f:
            f.write('{"library": "scikit-learn", "version": %s, "numpy": %s, "cases": [\n' % (json.dumps(sklearn.__version__), json.dumps(np.__version__)))
            f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in self.cases))
            f.write("\n]}\n")
        print("%s: %d cases, %d kB" % (self.out_path, len(self.cases), os.path.getsize(self.out_path) // 1024))
