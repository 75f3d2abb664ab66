"""Makes the small ONNX models of packages/formats/src/onnx/golden and what ONNX Runtime for Python answers for them.

Needs onnx==1.23.2 onnxruntime==1.32.0 skl2onnx==1.20.0 scikit-learn==1.9.1 numpy ml_dtypes.
Run: python tools/golden/onnx/generate.py packages/formats/src/onnx/golden
"""

import json
import os
import sys

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h

OUT = sys.argv[1]
CASES = []
vi = h.make_tensor_value_info

NAMES = {
    "float32": "FP32", "float64": "FP64", "float16": "FP16", "bfloat16": "BF16", "int8": "INT8", "int16": "INT16",
    "int32": "INT32", "int64": "INT64", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64",
    "bool": "BOOL", "object": "BYTES",
}


def tensor(name, array, labels=None):
    array = np.asarray(array)
    if array.dtype.kind in "US":
        array = array.astype(object)
    kind = NAMES[array.dtype.name]
    if kind in ("FP16", "BF16"):
        data = array.view(np.uint16).ravel().tolist()
    elif kind in ("INT64", "UINT64"):
        data = [str(value) for value in array.ravel().tolist()]
    elif kind == "BOOL":
        data = [int(value) for value in array.ravel().tolist()]
    else:
        data = array.ravel().tolist()
    case = {"name": name, "datatype": kind, "shape": list(array.shape), "data": data}
    if labels is not None:
        case["labels"] = labels
    return case


def make(name, nodes, inputs, outputs, initializers=(), opset=18, functions=(), domains=()):
    graph = h.make_graph(nodes, name, inputs, outputs, list(initializers))
    opsets = [h.make_opsetid("", opset)] + [h.make_opsetid(domain, 1) for domain in domains]
    return h.make_model(graph, opset_imports=opsets, ir_version=9, functions=list(functions), producer_name="berth-golden")


def zipped(values):
    """A ZipMap's list of maps as a matrix in the order of its keys."""
    labels = list(values[0])
    return np.array([[row[label] for label in labels] for row in values], dtype=np.float32), [str(label) for label in labels]


def answer(model, feeds):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = []
    for info, value in zip(session.get_outputs(), session.run(None, feeds)):
        if info.type.startswith("seq(map"):
            matrix, labels = zipped(value)
            outputs.append(tensor(info.name, matrix, labels))
        elif info.type.startswith("seq("):
            outputs.append(tensor(info.name, np.stack(value)))
        else:
            outputs.append(tensor(info.name, value))
    return outputs


def case(name, model, feeds, outputs=None, sent=None, isolation="thread"):
    """`sent` is what a client sends where it differs from what Python's runtime takes."""
    with open(os.path.join(OUT, name + ".onnx"), "wb") as file:
        file.write(model.SerializeToString())
    CASES.append({
        "name": name,
        "isolation": isolation,
        "inputs": [tensor(key, value) for key, value in (sent or feeds).items()],
        "outputs": outputs if outputs is not None else answer(model, feeds),
    })


def identities():
    arrays = {
        T.FLOAT: np.array([[1.5, -0.0], [3.4e38, 1e-45]], np.float32),
        T.DOUBLE: np.array([[1.5, 5e-324]], np.float64),
        T.FLOAT16: np.array([[1.5, 65504.0, 6e-8]], np.float16),
        T.INT8: np.array([-128, 127], np.int8),
        T.INT16: np.array([-32768, 32767], np.int16),
        T.INT32: np.array([-2**31, 2**31 - 1], np.int32),
        T.INT64: np.array([-2**63, 2**63 - 1, 9007199254740993], np.int64),
        T.UINT8: np.array([0, 255], np.uint8),
        T.UINT16: np.array([0, 65535], np.uint16),
        T.UINT32: np.array([0, 2**32 - 1], np.uint32),
        T.UINT64: np.array([0, 2**64 - 1], np.uint64),
        T.BOOL: np.array([True, False, True]),
        T.STRING: np.array(["", "a", "déjà 漢字 🚢"], object),
    }
    for element, array in arrays.items():
        name = "identity-" + NAMES[array.dtype.name].lower()
        shape = [None] * array.ndim
        model = make(name, [h.make_node("Identity", ["x"], ["y"])], [vi("x", element, shape)], [vi("y", element, shape)])
        case(name, model, {"x": array})
    for name, array, shape in [
        ("scalar", np.array(2.5, np.float32), []),
        ("zero-rows", np.zeros((0, 3), np.float32), [None, 3]),
        ("any-rank", np.arange(6, dtype=np.float32).reshape(1, 2, 3), None),
    ]:
        nodes = [h.make_node("Add", ["x", "x"], ["y"])]
        case(name, make(name, nodes, [vi("x", T.FLOAT, shape)], [vi("y", T.FLOAT, shape)]), {"x": array})


def bfloat16():
    values = np.array([[1.0, -2.5], [3.140625, 1e38]], dtype=ml_dtypes.bfloat16)
    model = make("bfloat16", [h.make_node("Identity", ["x"], ["y"])], [vi("x", T.BFLOAT16, [None, 2])], [vi("y", T.BFLOAT16, [None, 2])])
    case("bfloat16", model, {}, outputs=[tensor("y", values)], sent={"x": values})
    half = make("half-add", [h.make_node("Add", ["x", "x"], ["y"])], [vi("x", T.FLOAT16, ["n", 2])], [vi("y", T.FLOAT16, ["n", 2])])
    case("half-add", half, {"x": np.array([[1.5, -0.25], [100.0, 6e-8]], np.float16)})


def sequences():
    a, b = np.array([[1.0, 2.0]], np.float32), np.array([[3.0, 4.0]], np.float32)
    model = make(
        "sequence-construct", [h.make_node("SequenceConstruct", ["a", "b"], ["s"])],
        [vi("a", T.FLOAT, [None, 2]), vi("b", T.FLOAT, [None, 2])], [h.make_tensor_sequence_value_info("s", T.FLOAT, [None, 2])])
    case("sequence-construct", model, {"a": a, "b": b})
    texts = np.array(["a", "b", "c"], object)
    model = make(
        "sequence-split-text", [h.make_node("SplitToSequence", ["x"], ["s"], axis=0, keepdims=0)],
        [vi("x", T.STRING, [None])], [h.make_tensor_sequence_value_info("s", T.STRING, [])])
    case("sequence-split-text", model, {"x": texts})
    model = make(
        "sequence-input", [h.make_node("SequenceAt", ["s", "one"], ["y"])],
        [h.make_tensor_sequence_value_info("s", T.FLOAT, [2])], [vi("y", T.FLOAT, [None])],
        [h.make_tensor("one", T.INT64, [], [1])])
    stacked = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    case("sequence-input", model, {}, outputs=[tensor("y", stacked[1])], sent={"s": stacked})


def loops():
    body = h.make_graph(
        [h.make_node("Identity", ["c"], ["c_out"]), h.make_node("Add", ["v", "v"], ["v_out"])], "body",
        [vi("i", T.INT64, []), vi("c", T.BOOL, []), vi("v", T.FLOAT, [2])], [vi("c_out", T.BOOL, []), vi("v_out", T.FLOAT, [2])])
    model = make(
        "loop", [h.make_node("Loop", ["n", "yes", "x"], ["y"], body=body)],
        [vi("x", T.FLOAT, [2]), vi("n", T.INT64, [])], [vi("y", T.FLOAT, [2])], [h.make_tensor("yes", T.BOOL, [], [1])])
    case("loop", model, {"x": np.array([1, 2], np.float32), "n": np.array(5, np.int64)}, isolation="process")
    function = h.make_function(
        "local", "Twice", ["a"], ["b"], [h.make_node("Add", ["a", "a"], ["b"])], [h.make_opsetid("", 18)])
    model = make(
        "function", [h.make_node("Twice", ["x"], ["y"], domain="local")], [vi("x", T.FLOAT, [None])], [vi("y", T.FLOAT, [None])],
        functions=[function], domains=["local"])
    case("function", model, {"x": np.array([1, 2.5], np.float32)}, isolation="process")
    model = make(
        "expand", [h.make_node("Expand", ["x", "shape"], ["y"])], [vi("x", T.FLOAT, [1]), vi("shape", T.INT64, [1])],
        [vi("y", T.FLOAT, [None])])
    case("expand", model, {"x": np.array([7], np.float32), "shape": np.array([3], np.int64)}, isolation="process")


def zipmaps():
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    import pandas as pd

    x, y = load_iris(return_X_y=True)
    rows = x[[0, 60, 120]].astype(np.float32)
    kinds = [("float_input", FloatTensorType([None, 4]))]
    text = np.array(["setosa", "versicolor", "virginica"])[y]
    forest = RandomForestClassifier(n_estimators=4, max_depth=3, random_state=0).fit(x, y)
    case("zipmap-int", to_onnx(forest, initial_types=kinds, target_opset=18), {"float_input": rows})
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, text)
    case("zipmap-text", to_onnx(linear, initial_types=kinds, target_opset=18), {"float_input": rows})
    plain = to_onnx(linear, initial_types=kinds, target_opset=18, options={"zipmap": False})
    case("zipmap-off", plain, {"float_input": rows})
    regressor = RandomForestRegressor(n_estimators=4, max_depth=3, random_state=0).fit(x[:, :3], x[:, 3])
    case("regressor", to_onnx(regressor, initial_types=[("x", FloatTensorType([None, 3]))], target_opset=18), {"x": rows[:, :3]})
    frame = pd.DataFrame({"colour": ["red", "blue", "red", "green"], "size": [1.0, 2.0, 3.0, 4.0]})
    mixed = make_pipeline(
        ColumnTransformer([("one", OneHotEncoder(handle_unknown="ignore"), ["colour"]), ("scale", StandardScaler(), ["size"])]),
        LogisticRegression(),
    ).fit(frame, [0, 1, 0, 1])
    kinds = [("colour", StringTensorType([None, 1])), ("size", FloatTensorType([None, 1]))]
    feeds = {"colour": np.array([["red"], ["unknown"]], object), "size": np.array([[1.0], [4.0]], np.float32)}
    case("mixed-columns", to_onnx(mixed, initial_types=kinds, target_opset=18), feeds)


def external():
    weights = np.arange(8, dtype=np.float32)
    init = h.make_tensor("w", T.FLOAT, [8], weights.tobytes(), raw=True)
    model = make("external", [h.make_node("Add", ["x", "w"], ["y"])], [vi("x", T.FLOAT, [None, 8])], [vi("y", T.FLOAT, [None, 8])], [init])
    feeds = {"x": np.ones((2, 8), np.float32)}
    expected = answer(model, feeds)
    onnx.external_data_helper.convert_model_to_external_data(model, location="external.bin", size_threshold=0)
    onnx.save(model, os.path.join(OUT, "external.onnx"))
    CASES.append({"name": "external", "isolation": "thread", "inputs": [tensor("x", feeds["x"])], "outputs": expected})


identities()
bfloat16()
sequences()
loops()
zipmaps()
external()
with open(os.path.join(OUT, "cases.json"), "w") as file:
    json.dump(CASES, file, ensure_ascii=False)
    file.write("\n")
