"""XGBoost's own speed on the large model: one row, and a batch of 10,000, on one thread. Prints one JSON line."""

import json
import pathlib
import sys
import time

import numpy
import xgboost

root = pathlib.Path(sys.argv[1])
booster = xgboost.Booster(model_file=root / "large.ubj")
booster.set_param({"nthread": 1})
rows = numpy.fromfile(root / "large-rows.f32", dtype=numpy.float32).reshape(-1, 30)
one = rows[:1]


def best(call, count):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(count):
            call()
        times.append((time.perf_counter() - start) / count)
    return sorted(times)[2]


single = best(lambda: booster.inplace_predict(one), 500)
batch = best(lambda: booster.inplace_predict(rows), 3)
answer = booster.inplace_predict(rows)
print(json.dumps({"rowMicroseconds": single * 1e6, "batchRowsPerSecond": len(rows) / batch, "sum": float(answer.sum())}))
