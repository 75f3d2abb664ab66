"""MLServer's own codecs, types and gRPC converters as a client of a live server.

`mlserver_helpers.py <http port> <grpc port>`
"""

import json
import sys
import urllib.request

import grpc
import numpy
import pandas
from mlserver.codecs import Base64Codec, DatetimeCodec, NumpyCodec, NumpyRequestCodec, PandasCodec, StringCodec
from mlserver.grpc.converters import ModelInferRequestConverter, ModelInferResponseConverter
from mlserver.grpc.dataplane_pb2_grpc import GRPCInferenceServiceStub
from mlserver.grpc import dataplane_pb2 as pb
from mlserver.types import InferenceRequest, InferenceResponse, RequestOutput

import harness

HTTP, GRPC = sys.argv[1:3]
ROWS = numpy.array([[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]])


def post(model, request):
    body = request.model_dump_json().encode() if hasattr(request, "model_dump_json") else request.json().encode()
    url = f"http://127.0.0.1:{HTTP}/v2/models/{model}/infer"
    call = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=20) as answer:
        return InferenceResponse(**json.loads(answer.read()))


def stub():
    return GRPCInferenceServiceStub(grpc.insecure_channel(f"127.0.0.1:{GRPC}"))


def test_numpy_codec():
    request = InferenceRequest(inputs=[NumpyCodec.encode_input(name="x", payload=ROWS)])
    answer = post("iris", request)
    decoded = NumpyCodec.decode_output(answer.outputs[0])
    assert answer.outputs[0].name == "predict" and decoded.ravel().tolist() == [1, 1], answer


def test_numpy_request_codec():
    answer = post("iris", NumpyRequestCodec.encode_request(ROWS))
    assert NumpyRequestCodec.decode_response(answer).ravel().tolist() == [1, 1]


def test_pandas_request_codec():
    frame = pandas.DataFrame(ROWS, columns=["a", "b", "c", "d"])
    answer = post("iris", PandasCodec.encode_request(frame))
    assert NumpyCodec.decode_output(answer.outputs[0]).ravel().tolist() == [1, 1]


def test_asked_outputs():
    inputs = [NumpyCodec.encode_input(name="x", payload=ROWS)]
    request = InferenceRequest(inputs=inputs, outputs=[RequestOutput(name="predict_proba"), RequestOutput(name="predict")])
    answer = post("iris", request)
    assert {output.name for output in answer.outputs} == {"predict", "predict_proba"}
    proba = next(output for output in answer.outputs if output.name == "predict_proba")
    assert numpy.allclose(NumpyCodec.decode_output(proba).sum(1), 1)


def test_id_is_kept_or_made():
    inputs = [NumpyCodec.encode_input(name="x", payload=ROWS)]
    assert post("iris", InferenceRequest(id="abc", inputs=inputs)).id == "abc"
    assert post("iris", InferenceRequest(inputs=inputs)).id


def test_grpc_converters():
    inputs = [NumpyCodec.encode_input(name="x", payload=ROWS)]
    request = ModelInferRequestConverter.from_types(InferenceRequest(inputs=inputs), model_name="iris", model_version=None)
    answer = ModelInferResponseConverter.to_types(stub().ModelInfer(request, timeout=20))
    assert NumpyCodec.decode_output(answer.outputs[0]).ravel().tolist() == [1, 1]


def test_grpc_raw_converters():
    inputs = [NumpyCodec.encode_input(name="x", payload=ROWS)]
    request = ModelInferRequestConverter.from_types(
        InferenceRequest(inputs=inputs), model_name="iris", model_version=None, use_raw=True
    )
    answer = stub().ModelInfer(request, timeout=20)
    assert answer.raw_output_contents, "raw in, raw out"
    decoded = ModelInferResponseConverter.to_types(answer)
    assert NumpyCodec.decode_output(decoded.outputs[0]).ravel().tolist() == [1, 1]


def test_grpc_metadata_and_health():
    assert stub().ServerLive(pb.ServerLiveRequest()).live
    assert stub().ServerReady(pb.ServerReadyRequest()).ready
    assert stub().ModelReady(pb.ModelReadyRequest(name="iris")).ready
    assert stub().ModelMetadata(pb.ModelMetadataRequest(name="iris")).name == "iris"


def test_codecs_of_text_that_no_number_model_takes_are_errors():
    for codec, payload in ((StringCodec, ["a"]), (Base64Codec, [b"a"]), (DatetimeCodec, ["2026-01-01"])):
        try:
            post("iris", InferenceRequest(inputs=[codec.encode_input(name="x", payload=payload)]))
        except urllib.error.HTTPError as error:
            assert error.code == 400, error.code
        else:
            raise AssertionError(f"{codec.__name__} answered")


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
