"""Trains the models of the examples and writes their requests and expected answers.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 xgboost==3.2.0 lightgbm==4.7.0 \
        skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 joblib
    venv/bin/python examples/train.py

The iris data come with scikit-learn. Each example folder gets its model, `request.json` and `expected.json`; what is
expected was computed by the original library, never by Berth.
"""

import json
import pathlib

import joblib
import lightgbm
import numpy
import onnxruntime
import xgboost
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

HERE = pathlib.Path(__file__).parent
ROWS = [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]


def folder(name):
    path = HERE / name / "model"
    path.mkdir(parents=True, exist_ok=True)
    return path


def write(example, name, value):
    text = json.dumps(value, indent=2)
    (HERE / example / name).write_text(text + "\n")


def v2_request(name="input-0"):
    tensor = {"name": name, "shape": [2, 4], "datatype": "FP32", "data": [v for row in ROWS for v in row]}
    return {"inputs": [tensor]}


def outputs(*tensors):
    return {"outputs": [dict(zip(("name", "datatype", "shape", "data"), tensor)) for tensor in tensors]}


def main():
    data, target = load_iris(return_X_y=True)
    rows = numpy.array(ROWS)

    svc = SVC(gamma="scale", random_state=0).fit(data, target)
    joblib.dump(svc, folder("sklearn-iris") / "model.joblib")
    write("sklearn-iris", "request.json", {"instances": ROWS})
    write("sklearn-iris", "expected.json", {"predictions": svc.predict(rows).tolist()})

    logistic = LogisticRegression(max_iter=1000).fit(data, target)
    joblib.dump(logistic, folder("sklearn-iris-v2") / "model.joblib")
    request = v2_request()
    request["outputs"] = [{"name": "predict"}, {"name": "predict_proba"}]
    write("sklearn-iris-v2", "request.json", request)
    single = rows.astype(numpy.float32)
    write(
        "sklearn-iris-v2",
        "expected.json",
        outputs(
            ("predict", "INT64", [2, 1], logistic.predict(single).tolist()),
            ("predict_proba", "FP64", [2, 3], logistic.predict_proba(single).ravel().tolist()),
        ),
    )

    booster = xgboost.train(
        {"objective": "multi:softprob", "num_class": 3, "max_depth": 3, "eta": 0.3},
        xgboost.DMatrix(data, target),
        num_boost_round=10,
    )
    booster.save_model(folder("xgboost-iris") / "model.ubj")
    write("xgboost-iris", "request.json", {"instances": ROWS})
    write("xgboost-iris", "expected.json", {"predictions": booster.predict(xgboost.DMatrix(rows)).tolist()})

    wrapper = xgboost.XGBClassifier(n_estimators=10, max_depth=3).fit(data, target)
    wrapper.save_model(folder("xgboost-iris-v2") / "model.json")
    write("xgboost-iris-v2", "request.json", v2_request())
    write("xgboost-iris-v2", "expected.json", outputs(("predict", "INT64", [2, 1], wrapper.predict(rows).tolist())))

    light = lightgbm.train(
        {"objective": "multiclass", "num_class": 3, "num_leaves": 7, "verbose": -1},
        lightgbm.Dataset(data, target),
        num_boost_round=10,
    )
    light.save_model(str(folder("lightgbm-iris") / "model.bst"))
    write("lightgbm-iris", "request.json", {"instances": ROWS})
    write("lightgbm-iris", "expected.json", {"predictions": light.predict(rows).tolist()})

    onnx = to_onnx(logistic, single[:1], target_opset=17)
    path = HERE / "onnx-iris" / "model" / "iris" / "1"
    path.mkdir(parents=True, exist_ok=True)
    (path / "model.onnx").write_bytes(onnx.SerializeToString())
    session = onnxruntime.InferenceSession(onnx.SerializeToString())
    labels, maps = session.run(None, {"X": single})
    probabilities = [[row[key] for key in sorted(row)] for row in maps]
    write("onnx-iris", "request.json", v2_request("X"))
    write(
        "onnx-iris",
        "expected.json",
        outputs(
            ("output_label", "INT64", [2], labels.tolist()),
            ("output_probability", "FP32", [2, 3], [value for row in probabilities for value in row]),
        ),
    )


if __name__ == "__main__":
    main()
