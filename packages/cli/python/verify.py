"""The library's side of `berth verify`: loads a model with the library that made it and answers what it predicts.

Started by packages/cli/src/verify/python-process.ts. Frames go both ways over the standard input and output that it was
started with: the length of a JSON header and of what follows it (two little-endian unsigned 32-bit and 64-bit numbers), the
header, then the bytes of the arrays that the header lists. Whatever the model's code prints goes elsewhere. Python 3.6+,
standard library; numpy comes with every library that is asked for.
"""
import json
import os
import struct
import sys
import threading
import traceback
import warnings

HEAD = struct.Struct("<IQ")
MAX_HEADER = 64 << 20
MODULES = {"sklearn": "sklearn", "xgboost": "xgboost", "lightgbm": "lightgbm", "onnx": "onnxruntime"}


def private_streams():
    """The pipes to Berth, taken away from 0 and 1 so that no print and no input() of the model's code can meet them."""
    if os.name == "nt":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    source = os.fdopen(os.dup(0), "rb", 1 << 16)
    sink = os.fdopen(os.dup(1), "wb", 1 << 16)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def read_exactly(source, size):
    parts = []
    while size > 0:
        part = source.read(min(size, 1 << 24))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def listen(source, inbox):
    """Reads frames into a queue. When Berth is gone, so is this process, whatever the model's code does meanwhile."""
    while True:
        head = read_exactly(source, HEAD.size)
        if head is None:
            os._exit(0)
        header_size, body_size = HEAD.unpack(head)
        header = read_exactly(source, header_size) if header_size <= MAX_HEADER else None
        body = read_exactly(source, body_size) if header is not None else None
        if body is None:
            os._exit(1)
        inbox.put((json.loads(header.decode("utf-8")), body))


def send(sink, header, blobs=()):
    text = json.dumps(header).encode("utf-8")
    sink.write(HEAD.pack(len(text), sum(len(blob) for blob in blobs)))
    sink.write(text)
    for blob in blobs:
        sink.write(blob)
    sink.flush()


def failure(error):
    kind = "error"
    module = None
    if isinstance(error, ImportError):
        module = getattr(error, "name", None)
        kind = "import"
    frames = traceback.format_exception(type(error), error, error.__traceback__)
    return {
        "kind": kind,
        "module": module,
        "type": type(error).__name__,
        "message": str(error)[:4000],
        "trace": "".join(frames)[-4000:],
    }


def version_of(name):
    module = sys.modules.get(name)
    version = getattr(module, "__version__", None)
    return version if isinstance(version, str) else None


# ---- what is sent, as the library takes it ----


def columns_of(header, body):
    """Each column as a float64 array, or as a list of texts and None."""
    import numpy as np

    out = []
    at = 0
    for column in header["columns"]:
        part = body[at : at + column["bytes"]]
        at += column["bytes"]
        out.append(np.frombuffer(part, dtype="<f8") if column["kind"] == "number" else json.loads(part.decode("utf-8")))
    return out


def as_matrix(header, columns):
    import numpy as np

    matrix = np.empty((header["rows"], len(columns)), dtype=np.float64)
    for j, column in enumerate(columns):
        matrix[:, j] = column
    return matrix


def as_objects(header, columns):
    import numpy as np

    table = np.empty((header["rows"], len(columns)), dtype=object)
    for j, column in enumerate(columns):
        table[:, j] = column.tolist() if hasattr(column, "tolist") else column
    return table


def as_whole(value):
    return int(value) if value.is_integer() else value


def as_frame(header, columns):
    import pandas as pd

    data = {}
    for spec, column in zip(header["columns"], columns):
        if spec.get("category"):
            values = column
            if spec["kind"] == "number":
                # The library's lists hold whole numbers, and true and false, as what they were.
                bools = spec["category"] == "bool"
                values = [None if v != v else bool(v) if bools and v in (0, 1) else as_whole(v) for v in column.tolist()]
            data[spec["name"]] = pd.Series(values, dtype="category")
        elif spec["kind"] == "number":
            data[spec["name"]] = pd.Series(column.copy())
        else:
            data[spec["name"]] = pd.Series(column, dtype=object)
    return pd.DataFrame(data, columns=[spec["name"] for spec in header["columns"]])


def table_of(header, body):
    columns = columns_of(header, body)
    shape = header["as"]
    if shape == "documents":
        return list(columns[0])
    numeric = all(spec["kind"] == "number" for spec in header["columns"])
    if shape == "frame":
        try:
            return as_frame(header, columns)
        except ImportError:
            if not numeric:
                raise
    return as_matrix(header, columns) if numeric else as_objects(header, columns)


# ---- the libraries ----


def unpickle(path):
    try:
        import joblib
    except ImportError:
        joblib = None
    if joblib is not None:
        return joblib.load(path)
    import pickle

    with open(path, "rb") as file:
        return pickle.load(file)


def with_complement(np, answer):
    """The probabilities of two classes out of the second's."""
    return answer if answer.ndim == 2 else np.stack([1 - answer, answer], axis=1)


class Estimator:
    """A scikit-learn estimator, or one that looks like it."""

    def __init__(self, model):
        self.model = model
        self.name = type(model).__name__

    def outputs(self, header, body, names):
        table = table_of(header, body)
        done = {}
        for name in names:
            method = name
            if not hasattr(self.model, method) and name.rsplit("_", 1)[-1].isdigit():
                method = name.rsplit("_", 1)[0]
            index = int(name.rsplit("_", 1)[1]) if method != name else None

            def compute(method=method, index=index):
                if method not in done:
                    done[method] = getattr(self.model, method)(table)
                answer = done[method]
                return answer if index is None else answer[index]

            yield name, compute if hasattr(self.model, method) else None


class XgboostBooster:
    def __init__(self, booster):
        self.booster = booster
        self.name = "Booster"

    def matrix(self, header, body):
        import xgboost

        names = self.booster.feature_names
        table = table_of(header, body)
        if hasattr(table, "columns"):
            if names is not None:
                table.columns = names
            return xgboost.DMatrix(table, enable_categorical=True)
        more = {}
        types = getattr(self.booster, "feature_types", None)
        if types is not None and "c" in types:
            more = {"feature_types": types, "enable_categorical": True}
        return xgboost.DMatrix(table, feature_names=names, **more)

    def outputs(self, header, body, names):
        import numpy as np

        matrix = self.matrix(header, body)

        def proba():
            if header.get("softmax"):
                margin = self.booster.predict(matrix, output_margin=True)
                raised = np.exp(margin - margin.max(axis=1, keepdims=True))
                return raised / raised.sum(axis=1, keepdims=True)
            return with_complement(np, self.booster.predict(matrix))

        known = {
            "predict": lambda: self.booster.predict(matrix),
            "decision_function": lambda: self.booster.predict(matrix, output_margin=True),
            "predict_proba": proba,
        }
        for name in names:
            yield name, known.get(name)


class LightgbmBooster:
    def __init__(self, booster):
        self.booster = booster
        self.name = "Booster"

    def outputs(self, header, body, names):
        import numpy as np

        table = table_of(header, body)
        known = {
            "predict": lambda: self.booster.predict(table),
            "decision_function": lambda: self.booster.predict(table, raw_score=True),
            "predict_proba": lambda: with_complement(np, self.booster.predict(table)),
        }
        for name in names:
            yield name, known.get(name)


ONNX_TYPES = {
    "FP16": "<f2", "FP32": "<f4", "FP64": "<f8", "BOOL": "?", "INT8": "<i1", "INT16": "<i2", "INT32": "<i4",
    "INT64": "<i8", "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8",
}


class OnnxGraph:
    def __init__(self, path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.name = "graph"

    def outputs(self, header, body, names):
        import numpy as np

        feeds = {}
        at = 0
        for tensor in header["tensors"]:
            part = body[at : at + tensor["bytes"]]
            at += tensor["bytes"]
            if tensor["datatype"] == "BF16":
                for name in names:
                    yield name, "numpy has no bfloat16 to send"
                return
            if tensor["datatype"] == "BYTES":
                array = np.array(json.loads(part.decode("utf-8")), dtype=object)
            else:
                array = np.frombuffer(part, dtype=ONNX_TYPES[tensor["datatype"]])
            feeds[tensor["name"]] = array.reshape(tensor["shape"])
        have = {output.name for output in self.session.get_outputs()}
        wanted = [name for name in names if name in have]
        done = {}

        def compute(name):
            if not done:
                done.update(zip(wanted, self.session.run(wanted, feeds)))
            answer = done[name]
            if isinstance(answer, list):
                # ZipMap gives a dict a row, others a sequence of tensors.
                return np.array([list(row.values()) if isinstance(row, dict) else row for row in answer])
            return np.array(list(answer.values())) if isinstance(answer, dict) else answer

        for name in names:
            yield name, (lambda name=name: compute(name)) if name in have else None


def load(header):
    path = header["path"]
    if header["format"] == "onnx":
        return OnnxGraph(path)
    if header["format"] == "xgboost":
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(path)
        return XgboostBooster(booster)
    if header["format"] == "lightgbm":
        import lightgbm

        return LightgbmBooster(lightgbm.Booster(model_file=path))
    model = unpickle(path)
    module = type(model).__module__ or ""
    if type(model).__name__ == "Booster" and module.startswith("xgboost"):
        return XgboostBooster(model)
    if type(model).__name__ == "Booster" and module.startswith("lightgbm"):
        return LightgbmBooster(model)
    return Estimator(model)


# ---- what the library answers, as bytes ----


def encode(answer):
    """(what the array is, its bytes). Sparse ones are made dense, frames become arrays."""
    import numpy as np

    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    if hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    array = np.asarray(answer)
    if array.dtype.kind == "O":
        flat = array.ravel().tolist()
        if flat and all(isinstance(v, (bool, np.bool_)) for v in flat):
            array = array.astype(bool)
        elif flat and all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in flat):
            array = array.astype(np.int64)
        elif flat and all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in flat):
            array = array.astype(np.float64)
    shape = list(array.shape)
    kind = array.dtype.kind
    if kind in "mM":
        array, kind = array.view("<i8"), "i"
    if kind == "b":
        return {"dtype": "u1", "shape": shape, "bool": True}, array.astype("u1").tobytes()
    if kind == "f":
        size = 4 if array.dtype.itemsize <= 4 else 8
        return {"dtype": "f%d" % size, "shape": shape}, array.astype("<f%d" % size).tobytes()
    if kind in "iu":
        return {"dtype": kind + "8", "shape": shape}, array.astype("<%s8" % kind).tobytes()
    texts = [v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in array.ravel().tolist()]
    return {"dtype": "text", "shape": shape}, json.dumps(texts).encode("utf-8")


def answer_load(header):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = load(header)
    told = []
    for one in caught:
        text = "%s: %s" % (one.category.__name__, one.message)
        if not issubclass(one.category, (DeprecationWarning, PendingDeprecationWarning)) and text not in told:
            told.append(text[:2000])
    names = sorted(set(name.split(".")[0] for name in list(sys.modules)))
    packages = {}
    for name in ("sklearn", "xgboost", "lightgbm", "onnxruntime", "numpy", "scipy", "pandas", "joblib"):
        if name in names and version_of(name) is not None:
            packages[name] = version_of(name)
    return model, {"ok": True, "class": model.name, "packages": packages, "warnings": told[:20]}


def answer_predict(model, header, body):
    import time

    outputs = []
    blobs = []
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, compute in model.outputs(header, body, header["outputs"]):
            if compute is None or isinstance(compute, str):
                outputs.append({"name": name, "absent": True, "why": compute})
                continue
            try:
                spec, blob = encode(compute())
            except Exception as error:
                outputs.append({"name": name, "error": failure(error)})
                continue
            spec.update(name=name, bytes=len(blob))
            outputs.append(spec)
            blobs.append(blob)
    return {"ok": True, "outputs": outputs, "seconds": time.perf_counter() - begin}, blobs


def main():
    import queue

    # This script's own folder holds nothing that a model may import.
    if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]
    source, sink = private_streams()
    inbox = queue.Queue(2)
    threading.Thread(target=listen, args=(source, inbox), daemon=True).start()
    # Told before anything is loaded, so that a failure can name the interpreter's versions.
    send(sink, {"ok": True, "python": sys.version.split()[0], "executable": sys.executable})
    model = None
    while True:
        header, body = inbox.get()
        try:
            if header["op"] == "load":
                model, answer = answer_load(header)
                blobs = ()
            else:
                answer, blobs = answer_predict(model, header, body)
            send(sink, answer, blobs)
        except BaseException as error:  # also SystemExit of the model's code
            library = MODULES.get(header.get("format"))
            send(sink, {"ok": False, "error": failure(error), "version": version_of(library) if library else None})


main()
