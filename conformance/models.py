"""Makes the small ONNX models that Triton's client examples call by name, with their configurations.

    models.py <folder>      needs onnx==1.23.2 (and numpy)

What each does is what the examples check: `simple` and `simple_int8` give the sum and the difference of two inputs of 16
numbers, `simple_string` does so with numbers written as text, `simple_identity` gives text back.
"""

import pathlib
import sys

from onnx import TensorProto, helper, save

root = pathlib.Path(sys.argv[1])
CONFIG = """name: "{name}"
platform: "onnxruntime_onnx"
max_batch_size: 8
{tensors}
"""
TENSOR = '{kind} [ {{ name: "{name}", data_type: {type}, dims: [ {dims} ] }} ]'


def write(name, nodes, inputs, outputs, onnx_type, triton_type, dims):
    def value(tensor):
        return helper.make_tensor_value_info(tensor, onnx_type, ["batch", dims])

    graph = helper.make_graph(nodes, name, [value(n) for n in inputs], [value(n) for n in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    folder = root / name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    save(model, folder / "model.onnx")
    shown = -1 if isinstance(dims, str) else dims
    tensors = [("input", n) for n in inputs] + [("output", n) for n in outputs]
    lines = [TENSOR.format(kind=kind, name=n, type=triton_type, dims=shown) for kind, n in tensors]
    (folder.parent / "config.pbtxt").write_text(CONFIG.format(name=name, tensors="\n".join(lines)))


def cast(source, target, onnx_type):
    return helper.make_node("Cast", [source], [target], to=onnx_type)


ADD = helper.make_node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"])
SUB = helper.make_node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])
write("simple", [ADD, SUB], ["INPUT0", "INPUT1"], ["OUTPUT0", "OUTPUT1"], TensorProto.INT32, "TYPE_INT32", 16)

int32, int8, string = TensorProto.INT32, TensorProto.INT8, TensorProto.STRING
for name, kind, triton in (("simple_int8", int8, "TYPE_INT8"), ("simple_string", string, "TYPE_STRING")):
    nodes = [
        cast("INPUT0", "a", int32),
        cast("INPUT1", "b", int32),
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Sub", ["a", "b"], ["difference"]),
        cast("sum", "OUTPUT0", kind),
        cast("difference", "OUTPUT1", kind),
    ]
    write(name, nodes, ["INPUT0", "INPUT1"], ["OUTPUT0", "OUTPUT1"], kind, triton, 16)

identity = helper.make_node("Identity", ["INPUT0"], ["OUTPUT0"])
write("simple_identity", [identity], ["INPUT0"], ["OUTPUT0"], string, "TYPE_STRING", "any")
