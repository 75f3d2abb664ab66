"""KServe's KServeClient against a live platform: kserve_client.py KUBECONFIG MODEL_FOLDER GATEWAY."""

import base64
import json
import os
import sys
import tempfile
import time
from urllib.parse import urlparse

import requests
from kserve import (
    KServeClient,
    V1alpha1InferenceGraph,
    V1alpha1InferenceGraphSpec,
    V1alpha1InferenceRouter,
    V1alpha1InferenceStep,
    V1alpha1ModelSpec,
    V1alpha1TrainedModel,
    V1alpha1TrainedModelSpec,
    V1beta1InferenceService,
    V1beta1InferenceServiceSpec,
    V1beta1ModelFormat,
    V1beta1ModelSpec,
    V1beta1PredictorSpec,
    V1beta1SKLearnSpec,
)
from kserve.models.v1alpha1_local_model_cache import V1alpha1LocalModelCache
from kserve.models.v1alpha1_local_model_cache_spec import V1alpha1LocalModelCacheSpec
from kserve.models.v1alpha1_local_model_node_group import V1alpha1LocalModelNodeGroup
from kserve.models.v1alpha1_local_model_node_group_spec import V1alpha1LocalModelNodeGroupSpec
from kubernetes import client

import harness

KUBECONFIG, MODEL, GATEWAY = sys.argv[1:4]
NAMESPACE = "kserve-ci-e2e-test"
kserve = KServeClient(config_file=KUBECONFIG)
core = client.CoreV1Api()


def service(name, **predictor):
    return V1beta1InferenceService(
        api_version="serving.kserve.io/v1beta1",
        kind="InferenceService",
        metadata=client.V1ObjectMeta(name=name, namespace=NAMESPACE),
        spec=V1beta1InferenceServiceSpec(
            predictor=V1beta1PredictorSpec(
                min_replicas=1,
                model=V1beta1ModelSpec(
                    model_format=V1beta1ModelFormat(name="sklearn"), storage_uri=f"file://{MODEL}"
                ),
                **predictor,
            )
        ),
    )


def test_01_create_a_namespace():
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    assert NAMESPACE in [one.metadata.name for one in core.list_namespace().items]


def test_02_create_and_wait_with_a_watch():
    made = kserve.create(service("iris"))
    assert made["metadata"]["generation"] == 1, made
    kserve.wait_isvc_ready("iris", namespace=NAMESPACE, watch=True, timeout_seconds=60)
    assert kserve.is_isvc_ready("iris", namespace=NAMESPACE)


def test_03_wait_by_polling():
    kserve.wait_isvc_ready("iris", namespace=NAMESPACE, timeout_seconds=30, polling_interval=1)


def test_04_get_one_and_all():
    got = kserve.get("iris", namespace=NAMESPACE)
    assert got["status"]["url"].startswith("http"), got
    assert [one["metadata"]["name"] for one in kserve.get(namespace=NAMESPACE)["items"]] == ["iris"]


def predictions(name):
    host = urlparse(kserve.get(name, namespace=NAMESPACE)["status"]["url"]).netloc
    rows = {"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}
    answer = requests.post(f"{GATEWAY}/v1/models/{name}:predict", json=rows, headers={"Host": host}, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]


def test_05_predict_and_wait_for_the_model():
    assert predictions("iris") == [1, 1]
    kserve.wait_model_ready(
        "iris",
        "iris",
        isvc_namespace=NAMESPACE,
        cluster_ip=urlparse(GATEWAY).netloc,
        timeout_seconds=10,
        polling_interval=1,
    )


def test_06_patch():
    patched = kserve.patch("iris", service("iris", container_concurrency=4))
    assert patched["spec"]["predictor"]["containerConcurrency"] == 4, patched
    assert patched["spec"]["predictor"]["model"]["storageUri"] == f"file://{MODEL}"
    generation = patched["metadata"]["generation"]
    assert generation == 2, patched["metadata"]
    kserve.wait_isvc_ready(
        "iris", namespace=NAMESPACE, timeout_seconds=60, polling_interval=1, expected_generation=generation
    )


def test_07_replace_and_wait_with_a_watch():
    kserve.replace("iris", service("iris", container_concurrency=8), namespace=NAMESPACE, watch=True, timeout_seconds=60)
    got = kserve.get("iris", namespace=NAMESPACE)
    assert got["spec"]["predictor"]["containerConcurrency"] == 8, got
    assert predictions("iris") == [1, 1]


def test_08_replace_of_an_old_version_is_refused():
    stale = service("iris")
    stale.metadata.resource_version = "1"
    error = harness.raises(RuntimeError, lambda: kserve.replace("iris", stale, namespace=NAMESPACE))
    assert "Conflict" in str(error), error


def test_09_create_with_watch():
    other = service("other")
    other.spec.predictor = V1beta1PredictorSpec(
        min_replicas=1, sklearn=V1beta1SKLearnSpec(storage_uri=f"file://{MODEL}")
    )
    kserve.create(other, watch=True, timeout_seconds=60)
    kserve.get("other", namespace=NAMESPACE, watch=True, timeout_seconds=30)


def test_10_pods_logs_and_events():
    selector = "serving.kserve.io/inferenceservice=iris"
    pods = core.list_namespaced_pod(NAMESPACE, label_selector=selector).items
    running = [pod for pod in pods if pod.status.phase == "Running"]
    assert running, pods
    name = running[0].metadata.name
    log = core.read_namespaced_pod_log(name, NAMESPACE, container="kserve-container", tail_lines=5)
    assert log.strip(), "the log is empty"
    events = core.list_namespaced_event(NAMESPACE, field_selector="involvedObject.name=iris").items
    assert events and all(event.involved_object.name == "iris" for event in events)


def credentials(text):
    file = tempfile.NamedTemporaryFile("w", delete=False)
    with file:
        file.write(text)
    return file.name


def secret_of(account, index=0):
    name = core.read_namespaced_service_account(account, NAMESPACE).secrets[index].name
    return core.read_namespaced_secret(name, NAMESPACE)


def test_11_s3_credentials():
    key, secret = "ARQ7AKIBFOFN6F6WXBSZ", "4tdCyzIxlbPzoBfQGbAPw2hY+Rkzgv/b4vB0Q+ps"
    file = credentials(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    kserve.set_credentials(
        storage_type="s3",
        namespace=NAMESPACE,
        credentials_file=file,
        service_account="for-s3",
        s3_endpoint="s3.us-west-2.amazonaws.com",
        s3_region="us-west-2",
        s3_use_https="1",
        s3_verify_ssl="0",
    )
    made = secret_of("for-s3")
    # The SDK puts them into `data` as they are, where base64 belongs, and expects to read the same.
    assert made.data == {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, list(made.data)
    assert made.metadata.annotations["serving.kserve.io/s3-endpoint"] == "s3.us-west-2.amazonaws.com"
    assert made.metadata.annotations["serving.kserve.io/s3-verifyssl"] == "0"


def test_12_s3_credentials_that_are_no_base64():
    file = credentials("[default]\naws_access_key_id = minioadmin\naws_secret_access_key = not*base64\n")
    kserve.set_credentials(storage_type="s3", namespace=NAMESPACE, credentials_file=file, service_account="minio")
    made = secret_of("minio")
    assert base64.b64decode(made.data["AWS_ACCESS_KEY_ID"]) == b"minioadmin"
    assert base64.b64decode(made.data["AWS_SECRET_ACCESS_KEY"]) == b"not*base64"


def test_13_gcs_credentials():
    text = json.dumps({"client_id": "someone", "type": "authorized_user"})
    file = credentials(text)
    kserve.set_credentials(storage_type="GCS", namespace=NAMESPACE, credentials_file=file, service_account="for-gcs")
    data = secret_of("for-gcs").data
    assert base64.b64decode(data["gcloud-application-credentials.json"]).decode() == text


def test_14_azure_credentials_join_an_account():
    core.create_namespaced_service_account(
        NAMESPACE, client.V1ServiceAccount(metadata=client.V1ObjectMeta(name="for-azure"))
    )
    text = json.dumps(
        {
            "clientId": "dXNlcgo=",
            "clientSecret": "cGFzc3dvcmQ=",
            "subscriptionId": "MzMzMzMzMzMtMzMzMy0zMzMzLTMzMzMtMzMzMzMz",
            "tenantId": "MTIzNAo=",
        }
    )
    for _ in range(2):
        kserve.set_credentials(
            storage_type="Azure", namespace=NAMESPACE, credentials_file=credentials(text), service_account="for-azure"
        )
    made = secret_of("for-azure")
    assert made.data["AZURE_CLIENT_ID"] == "dXNlcgo=", list(made.data)
    assert len(core.read_namespaced_service_account("for-azure", NAMESPACE).secrets) == 2


def test_15_trained_models():
    model = V1alpha1TrainedModel(
        api_version="serving.kserve.io/v1alpha1",
        kind="TrainedModel",
        metadata=client.V1ObjectMeta(name="one-of-many", namespace=NAMESPACE),
        spec=V1alpha1TrainedModelSpec(
            inference_service="iris",
            model=V1alpha1ModelSpec(storage_uri=f"file://{MODEL}", memory="128Mi", framework="sklearn"),
        ),
    )
    kserve.create_trained_model(model, NAMESPACE)
    kserve.delete_trained_model("one-of-many", NAMESPACE)


def test_16_inference_graphs():
    step = V1alpha1InferenceStep(service_name="iris")
    graph = V1alpha1InferenceGraph(
        api_version="serving.kserve.io/v1alpha1",
        kind="InferenceGraph",
        metadata=client.V1ObjectMeta(name="chain", namespace=NAMESPACE),
        spec=V1alpha1InferenceGraphSpec(
            nodes={"root": V1alpha1InferenceRouter(router_type="Sequence", steps=[step])}
        ),
    )
    kserve.create_inference_graph(graph)
    got = kserve.get_inference_graph("chain", namespace=NAMESPACE)
    assert got["spec"]["nodes"]["root"]["steps"][0]["serviceName"] == "iris", got
    assert kserve.is_ig_ready("chain", namespace=NAMESPACE) in (True, False)
    kserve.delete_inference_graph("chain", namespace=NAMESPACE)


def test_17_local_model_caches():
    group = V1alpha1LocalModelNodeGroup(
        api_version="serving.kserve.io/v1alpha1",
        kind="LocalModelNodeGroup",
        metadata=client.V1ObjectMeta(name="here"),
        spec=V1alpha1LocalModelNodeGroupSpec(
            storage_limit="1Gi", persistent_volume_claim_spec={}, persistent_volume_spec={}
        ),
    )
    kserve.create_local_model_node_group(group)
    assert kserve.get_local_model_node_group("here")["spec"]["storageLimit"] == "1Gi"
    cache = V1alpha1LocalModelCache(
        api_version="serving.kserve.io/v1alpha1",
        kind="LocalModelCache",
        metadata=client.V1ObjectMeta(name="iris-bytes"),
        spec=V1alpha1LocalModelCacheSpec(
            model_size="1Mi", node_groups=["here"], source_model_uri=f"file://{MODEL}"
        ),
    )
    kserve.create_local_model_cache(cache)
    assert kserve.get_local_model_cache("iris-bytes")["spec"]["modelSize"] == "1Mi"
    kserve.delete_local_model_cache("iris-bytes")
    kserve.delete_local_model_node_group("here")


def test_18_delete():
    for name in ("iris", "other"):
        kserve.delete(name, namespace=NAMESPACE)
    end = time.time() + 30
    while kserve.get(namespace=NAMESPACE)["items"] and time.time() < end:
        time.sleep(0.2)
    error = harness.raises(RuntimeError, lambda: kserve.get("iris", namespace=NAMESPACE))
    assert "Not Found" in str(error), error


def test_19_delete_the_namespace():
    core.delete_namespace(NAMESPACE)
    end = time.time() + 30
    while NAMESPACE in [one.metadata.name for one in core.list_namespace().items]:
        assert time.time() < end, "the namespace is still there"
        time.sleep(0.2)


if __name__ == "__main__":
    os.environ.pop("KUBECONFIG", None)
    harness.run(sys.modules[__name__])
