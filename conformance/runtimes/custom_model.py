"""A custom model server as KServe's documentation has users write one: it adds up the numbers of each row."""

from kserve import InferOutput, InferResponse, Model, ModelServer


class Sums(Model):
    def __init__(self, name):
        super().__init__(name)
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        if isinstance(payload, dict):
            return {"predictions": [sum(row) for row in payload["instances"]]}
        rows = payload.inputs[0].as_numpy()
        output = InferOutput(name="predict", shape=[len(rows)], datatype="FP64")
        output.set_data_from_numpy(rows.astype("float64").sum(axis=1), binary_data=False)
        return InferResponse(response_id=payload.id, model_name=self.name, infer_outputs=[output])


if __name__ == "__main__":
    ModelServer().start([Sums("sums")])
