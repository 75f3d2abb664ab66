"""KServe's SDK asks one model. `ask_kserve.py <http port> <grpc port> <question, see runtimes/witness.ts>`"""

import json
import sys

import numpy
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig

import harness

HTTP, GRPC = (f"127.0.0.1:{port}" for port in sys.argv[1:3])
QUESTION = json.loads(sys.argv[3])
MODEL = QUESTION["model"]
# A gateway tells services by their host; a server alone is told none.
HOST = QUESTION.get("host")


def check(values):
    expected = numpy.array(QUESTION["expected"]).ravel()
    assert numpy.allclose(numpy.array(values).ravel(), expected, rtol=1e-6), values


def request():
    rows = numpy.array(QUESTION["rows"], dtype=numpy.float32)
    tensor = InferInput(name=QUESTION["input"], shape=list(rows.shape), datatype="FP32")
    tensor.set_data_from_numpy(rows, binary_data=False)
    return InferRequest(model_name=MODEL, infer_inputs=[tensor])


async def rest(protocol, body):
    client = InferenceRESTClient(RESTConfig(protocol=protocol, retries=0, timeout=20))
    return await client.infer(f"http://{HTTP}", body, model_name=MODEL, headers=HOST and {"Host": HOST})


async def test_v1_http():
    check((await rest("v1", {"instances": QUESTION["rows"]}))["predictions"])


async def test_v2_http():
    check((await rest("v2", request())).outputs[0].as_numpy())


async def test_v2_grpc():
    options = [("grpc.default_authority", HOST)] if HOST else None
    answer = await InferenceGRPCClient(url=GRPC, channel_args=options, timeout=20, retries=0).infer(request())
    check(answer.outputs[0].as_numpy())


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
