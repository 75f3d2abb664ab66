"""tritonclient's HTTP and gRPC clients against a live server. `triton.py <http port> <grpc port>`"""

import queue
import sys

import numpy
import tritonclient.grpc as tgrpc
import tritonclient.http as thttp
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

import harness
from harness import raises

HTTP, GRPC = (f"127.0.0.1:{port}" for port in sys.argv[1:3])
A = numpy.arange(16, dtype=numpy.int32).reshape(1, 16)
B = numpy.ones((1, 16), dtype=numpy.int32)


def clients():
    return [(thttp, thttp.InferenceServerClient(HTTP)), (tgrpc, tgrpc.InferenceServerClient(GRPC))]


def tensors(library, *arrays, **options):
    inputs = []
    for i, array in enumerate(arrays):
        tensor = library.InferInput(f"INPUT{i}", array.shape, np_to_triton_dtype(array.dtype))
        tensor.set_data_from_numpy(array, **options)
        inputs.append(tensor)
    return inputs


def test_health_and_metadata():
    for _, client in clients():
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("simple")
        assert not client.is_model_ready("nope")
    server = thttp.InferenceServerClient(HTTP).get_server_metadata()
    assert "binary_tensor_data" in server["extensions"], server
    model = thttp.InferenceServerClient(HTTP).get_model_metadata("simple")
    assert model["versions"] == ["1"] and model["platform"] == "onnxruntime_onnx", model
    assert model["inputs"][0] == {"name": "INPUT0", "datatype": "INT32", "shape": [-1, 16]}, model
    same = tgrpc.InferenceServerClient(GRPC).get_model_metadata("simple", as_json=True)
    assert [t["name"] for t in same["outputs"]] == ["OUTPUT0", "OUTPUT1"], same


def test_config():
    http = thttp.InferenceServerClient(HTTP).get_model_config("simple")
    assert http["max_batch_size"] == 8 and http["input"][0]["data_type"] == "TYPE_INT32", http
    grpc = tgrpc.InferenceServerClient(GRPC).get_model_config("simple", as_json=True)
    assert grpc["config"]["max_batch_size"] == 8, grpc


def test_infer():
    for library, client in clients():
        answer = client.infer("simple", tensors(library, A, B), request_id="7")
        assert (answer.as_numpy("OUTPUT0") == A + B).all() and (answer.as_numpy("OUTPUT1") == A - B).all()


def test_infer_selected_output_and_version():
    for library, client in clients():
        outputs = [library.InferRequestedOutput("OUTPUT1")]
        answer = client.infer("simple", tensors(library, A, B), model_version="1", outputs=outputs)
        assert answer.as_numpy("OUTPUT0") is None and (answer.as_numpy("OUTPUT1") == A - B).all()


def test_http_json_and_binary_mixed():
    client = thttp.InferenceServerClient(HTTP)
    first = tensors(thttp, A, binary_data=True)
    second = thttp.InferInput("INPUT1", [1, 16], "INT32")
    second.set_data_from_numpy(B, binary_data=False)
    outputs = [thttp.InferRequestedOutput("OUTPUT0", binary_data=True), thttp.InferRequestedOutput("OUTPUT1", binary_data=False)]
    answer = client.infer("simple", [*first, second], outputs=outputs)
    assert (answer.as_numpy("OUTPUT0") == A + B).all() and (answer.as_numpy("OUTPUT1") == A - B).all()


def test_http_compression():
    client = thttp.InferenceServerClient(HTTP)
    for method in ("gzip", "deflate"):
        options = {"request_compression_algorithm": method, "response_compression_algorithm": method}
        answer = client.infer("simple", tensors(thttp, A, B), **options)
        assert (answer.as_numpy("OUTPUT0") == A + B).all(), method


def test_grpc_compression():
    client = tgrpc.InferenceServerClient(GRPC)
    for method in ("gzip", "deflate"):
        answer = client.infer("simple", tensors(tgrpc, A, B), compression_algorithm=method)
        assert (answer.as_numpy("OUTPUT0") == A + B).all(), method


def test_strings():
    text = numpy.array([[str(i).encode() for i in range(16)]], dtype=numpy.object_)
    for library, client in clients():
        answer = client.infer("simple_string", tensors(library, text, text))
        assert answer.as_numpy("OUTPUT0")[0].tolist() == [str(2 * i).encode() for i in range(16)]
        odd = numpy.array([["é", "", "a\x00b"]], dtype=numpy.object_)
        back = client.infer("simple_identity", tensors(library, odd)).as_numpy("OUTPUT0")
        assert [value.decode() for value in back[0]] == ["é", "", "a\x00b"], back


def test_int8():
    for library, client in clients():
        small = [array.astype(numpy.int8) for array in (A, B)]
        assert (client.infer("simple_int8", tensors(library, *small)).as_numpy("OUTPUT0") == (A + B)).all()


def test_classification():
    client = thttp.InferenceServerClient(HTTP)
    outputs = [thttp.InferRequestedOutput("OUTPUT0", class_count=2)]
    answer = client.infer("simple", tensors(thttp, A, B), outputs=outputs).as_numpy("OUTPUT0")
    top = [value.decode().split(":") for value in answer.ravel()]
    assert [row[1] for row in top] == ["15", "14"] and float(top[0][0]) == 16, top


def test_statistics():
    for library, client in clients():
        client.infer("simple", tensors(library, A, B))
    http = thttp.InferenceServerClient(HTTP).get_inference_statistics("simple")["model_stats"][0]
    assert http["name"] == "simple" and http["inference_stats"]["success"]["count"] >= 2, http
    grpc = tgrpc.InferenceServerClient(GRPC).get_inference_statistics("simple").model_stats[0]
    assert grpc.inference_stats.success.count >= 2


def test_repository():
    for library, client in clients():
        index = client.get_model_repository_index()
        names = {m["name"] for m in index} if library is thttp else {m.name for m in index.models}
        assert {"simple", "simple_string"} <= names, names
        client.unload_model("simple_int8")
        assert not client.is_model_ready("simple_int8")
        client.load_model("simple_int8")
        assert client.is_model_ready("simple_int8")
        error = raises(InferenceServerException, lambda: client.load_model("nope"))
        assert "failed to load" in error.message(), error.message()


def test_errors():
    for library, client in clients():
        error = raises(InferenceServerException, lambda: client.infer("nope", tensors(library, A, B)))
        assert "nope" in error.message(), error.message()
        error = raises(InferenceServerException, lambda: client.infer("simple", tensors(library, A)))
        assert "INPUT1" in error.message(), error.message()
        wrong = [array.astype(numpy.float32) for array in (A, B)]
        error = raises(InferenceServerException, lambda: client.infer("simple", tensors(library, *wrong)))
        assert "FP32" in error.message() and "INT32" in error.message(), error.message()
        many = numpy.zeros((9, 16), dtype=numpy.int32)
        error = raises(InferenceServerException, lambda: client.infer("simple", tensors(library, many, many)))
        assert "8" in error.message(), error.message()


def test_stream():
    client = tgrpc.InferenceServerClient(GRPC)
    answers = queue.Queue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    for i in range(4):
        client.async_stream_infer("simple", tensors(tgrpc, A + i, B), request_id=str(i))
    client.async_stream_infer("nope", tensors(tgrpc, A, B), request_id="bad")
    client.async_stream_infer("simple", tensors(tgrpc, A, B), request_id="after")
    seen, failed = [], 0
    for _ in range(6):
        result, error = answers.get(timeout=10)
        if error is not None:
            failed += 1
        else:
            seen.append(result.get_response().id)
    client.stop_stream()
    assert seen == ["0", "1", "2", "3", "after"] and failed == 1, (seen, failed)


def test_async_and_deadline():
    client = tgrpc.InferenceServerClient(GRPC)
    answers = queue.Queue()
    for _ in range(8):
        client.async_infer("simple", tensors(tgrpc, A, B), callback=lambda result, error: answers.put((result, error)))
    for _ in range(8):
        result, error = answers.get(timeout=10)
        assert error is None and (result.as_numpy("OUTPUT0") == A + B).all()


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
