"""The standard reflection and health services, as grpcurl and health probes use them. `reflection.py <grpc port>`"""

import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import harness

CHANNEL = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}")
SERVICE = "inference.GRPCInferenceService"


def test_services_are_listed():
    names = set(ProtoReflectionDescriptorDatabase(CHANNEL).get_services())
    assert {SERVICE, "grpc.health.v1.Health"} <= names, names


def test_a_call_made_from_reflection_alone():
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(CHANNEL))
    method = pool.FindServiceByName(SERVICE).FindMethodByName("ModelInfer")
    request = GetMessageClass(method.input_type)(model_name="sklearn-iris")
    tensor = request.inputs.add(name="input-0", datatype="FP32", shape=[1, 4])
    tensor.contents.fp32_contents.extend([6.8, 2.8, 4.8, 1.4])
    call = CHANNEL.unary_unary(
        f"/{SERVICE}/ModelInfer",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    answer = call(request, timeout=10)
    contents = answer.outputs[0].contents
    assert list(contents.int64_contents) == [1] or answer.raw_output_contents[0] == (1).to_bytes(8, "little"), answer


def test_health():
    stub = health_pb2_grpc.HealthStub(CHANNEL)
    serving = health_pb2.HealthCheckResponse.SERVING
    assert stub.Check(health_pb2.HealthCheckRequest(), timeout=10).status == serving
    assert stub.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=10).status == serving
    first = next(iter(stub.Watch(health_pb2.HealthCheckRequest(), timeout=10)))
    assert first.status == serving


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
