"""The KServe Python SDK's inference clients against a live server. `kserve_sdk.py <http port> <grpc port>`"""

import sys

import numpy
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

import harness

HTTP, GRPC = sys.argv[1:3]
URL = f"http://127.0.0.1:{HTTP}"
ROWS = [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]


def rest(protocol):
    return InferenceRESTClient(RESTConfig(protocol=protocol, retries=0, timeout=20))


def grpc():
    return InferenceGRPCClient(url=f"127.0.0.1:{GRPC}", timeout=20, retries=0)


def request(model, binary=False, datatype="FP32"):
    kinds = {"FP32": numpy.float32, "FP64": numpy.float64, "FP16": numpy.float16}
    tensor = InferInput(name="input-0", shape=[2, 4], datatype=datatype)
    tensor.set_data_from_numpy(numpy.array(ROWS, dtype=kinds[datatype]), binary_data=binary)
    return InferRequest(model_name=model, infer_inputs=[tensor], request_id="42")


async def test_v1_predict():
    answer = await rest("v1").infer(URL, {"instances": ROWS}, model_name="sklearn-iris")
    assert answer == {"predictions": [1, 1]}, answer


async def test_v1_health():
    client = rest("v1")  # the SDK has no is_server_ready for v1
    assert await client.is_server_live(URL)
    assert await client.is_model_ready(URL, "sklearn-iris")


async def test_v1_unknown_model_is_an_error_with_text():
    try:
        await rest("v1").infer(URL, {"instances": ROWS}, model_name="nope")
    except Exception as error:
        assert "nope" in str(error), error
    else:
        raise AssertionError("an unknown model answered")


async def test_v1_wrong_width_is_an_error_with_text():
    try:
        await rest("v1").infer(URL, {"instances": [[1, 2, 3]]}, model_name="sklearn-iris")
    except Exception as error:
        assert "400" in str(error) and "4" in str(error), error
    else:
        raise AssertionError("a row of three features answered")


async def test_v2_predict():
    answer = await rest("v2").infer(URL, request("sklearn-iris"), model_name="sklearn-iris")
    assert answer.id == "42", answer.id
    assert answer.model_name == "sklearn-iris"
    assert answer.outputs[0].as_numpy().ravel().tolist() == [1, 1]


async def test_v2_predict_from_a_dict():
    body = {"inputs": [{"name": "input-0", "shape": [2, 4], "datatype": "FP32", "data": ROWS}]}
    answer = await rest("v2").infer(URL, body, model_name="sklearn-iris")
    outputs = answer["outputs"] if isinstance(answer, dict) else answer.to_dict()["outputs"]
    assert list(outputs[0]["data"]) == [1, 1], outputs


async def test_v2_binary_in():
    for datatype in ("FP32", "FP64", "FP16"):
        answer = await rest("v2").infer(URL, request("sklearn-iris", True, datatype), model_name="sklearn-iris")
        assert answer.outputs[0].as_numpy().ravel().tolist() == [1, 1], datatype


async def test_v2_binary_in_and_out():
    body = request("sklearn-iris", binary=True)
    body.parameters = {"binary_data_output": True}
    answer = await rest("v2").infer(URL, body, model_name="sklearn-iris")
    assert answer.outputs[0].as_numpy().ravel().tolist() == [1, 1]


async def test_v2_asked_outputs():
    body = request("sklearn-iris-v2")
    body.request_outputs = [RequestedOutput("predict_proba")]
    answer = await rest("v2").infer(URL, body, model_name="sklearn-iris-v2")
    probabilities = answer.outputs[0].as_numpy()
    assert probabilities.shape == (2, 3) and numpy.allclose(probabilities.sum(1), 1), probabilities


async def test_v2_health():
    client = rest("v2")
    assert await client.is_server_ready(URL)
    assert await client.is_server_live(URL)
    assert await client.is_model_ready(URL, "sklearn-iris")


async def test_v1_lightgbm_and_xgboost():
    for model in ("xgboost-iris", "lightgbm-iris"):
        answer = await rest("v1").infer(URL, {"instances": ROWS}, model_name=model)
        assert numpy.array(answer["predictions"]).argmax(1).tolist() == [1, 1], answer


async def test_grpc_health():
    client = grpc()
    assert await client.is_server_ready()
    assert await client.is_server_live()
    assert await client.is_model_ready("sklearn-iris")


async def test_grpc_infer():
    answer = await grpc().infer(request("sklearn-iris"))
    assert answer.id == "42"
    assert answer.outputs[0].as_numpy().ravel().tolist() == [1, 1]


async def test_grpc_infer_raw():
    answer = await grpc().infer(request("sklearn-iris", binary=True))
    assert answer.outputs[0].as_numpy().ravel().tolist() == [1, 1]


async def test_grpc_unknown_model():
    try:
        await grpc().infer(request("nope"))
    except Exception as error:
        assert error.code().name == "NOT_FOUND", error
        assert "nope" in error.details()
    else:
        raise AssertionError("an unknown model answered")


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
