"""A kserve.Model server that does what KServe's sklearn server does: joblib.load, predict, {"predictions": [...]}."""

import sys

import joblib
import kserve
import numpy


class SKLearnModel(kserve.Model):
    def __init__(self, name, path):
        super().__init__(name)
        self.path = path

    def load(self):
        self.model = joblib.load(self.path)
        self.ready = True
        return self.ready

    def predict(self, payload, headers=None):
        instances = numpy.array(payload["instances"])
        return {"predictions": self.model.predict(instances).tolist()}


if __name__ == "__main__":
    path, http_port, grpc_port = sys.argv[1:4]
    model = SKLearnModel("iris", path)
    model.load()
    server = kserve.ModelServer(http_port=int(http_port), grpc_port=int(grpc_port), workers=1)
    server.start([model])
