"""MLServer's codecs and gRPC stubs ask one model. `ask_mlserver.py <http port> <grpc port> <question, see runtimes/witness.ts>`"""

import json
import sys
import urllib.request

import grpc
import numpy
from mlserver.codecs import NumpyCodec
from mlserver.grpc.converters import ModelInferRequestConverter, ModelInferResponseConverter
from mlserver.grpc.dataplane_pb2_grpc import GRPCInferenceServiceStub
from mlserver.types import InferenceRequest, InferenceResponse

import harness

HTTP, GRPC = (f"127.0.0.1:{port}" for port in sys.argv[1:3])
QUESTION = json.loads(sys.argv[3])
MODEL = QUESTION["model"]


def request():
    rows = numpy.array(QUESTION["rows"])
    return InferenceRequest(inputs=[NumpyCodec.encode_input(name=QUESTION["input"], payload=rows)])


def check(answer):
    assert answer.outputs[0].name == "predict", answer
    values = NumpyCodec.decode_output(answer.outputs[0])
    assert numpy.allclose(values.ravel(), numpy.array(QUESTION["expected"]).ravel(), rtol=1e-6), values


def test_v2_http():
    body = request().model_dump_json().encode()
    call = urllib.request.Request(f"http://{HTTP}/v2/models/{MODEL}/infer", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=20) as answer:
        check(InferenceResponse(**json.loads(answer.read())))


def test_v2_grpc():
    message = ModelInferRequestConverter.from_types(request(), model_name=MODEL, model_version=None)
    stub = GRPCInferenceServiceStub(grpc.insecure_channel(GRPC))
    check(ModelInferResponseConverter.to_types(stub.ModelInfer(message, timeout=20)))


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
