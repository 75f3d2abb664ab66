"""tritonclient asks one model. `ask_triton.py <http port> <grpc port> <question, see runtimes/witness.ts>`"""

import json
import sys

import numpy
import tritonclient.grpc as tgrpc
import tritonclient.http as thttp

import harness

HTTP, GRPC = (f"127.0.0.1:{port}" for port in sys.argv[1:3])
QUESTION = json.loads(sys.argv[3])


def ask(library, address):
    rows = numpy.array(QUESTION["rows"], dtype=numpy.float32)
    tensor = library.InferInput(QUESTION["input"], rows.shape, "FP32")
    tensor.set_data_from_numpy(rows)
    answer = library.InferenceServerClient(address).infer(QUESTION["model"], [tensor])
    values = answer.as_numpy(QUESTION["output"])
    assert numpy.allclose(values.ravel(), numpy.array(QUESTION["expected"]).ravel(), rtol=1e-6), values


def test_v2_http():
    ask(thttp, HTTP)


def test_v2_grpc():
    ask(tgrpc, GRPC)


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
