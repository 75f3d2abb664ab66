"""Writes the Parquet files that packages/tables is tested with: python parquet_files.py FOLDER (needs pandas and pyarrow)."""
import sys
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
frame = pd.DataFrame(
    {
        "id": pd.array([2**53 + 1 + i for i in range(7)], dtype="int64"),
        "x": [0.1, None, 2.5, 3.5, 4.5, float("inf"), 6.5],
        "f": pd.array([0.5 * i for i in range(7)], dtype="float32"),
        "n": pd.array([1, None, 3, 4, 5, 6, 7], dtype="Int32"),
        "flag": [True, False, True, False, True, False, True],
        "city": ["Köln", None, "Paris", "Köln", "Rome", "Paris", "Rome"],
        "day": [datetime(2024, 1, 1 + i) for i in range(7)],
    }
)
for codec in ["snappy", "zstd", "gzip", "brotli", "none"]:
    frame.to_parquet(f"{folder}/{codec}.parquet", compression=None if codec == "none" else codec, row_group_size=3)
pq.write_table(pa.table({"list": [[1, 2], [3]]}), f"{folder}/nested.parquet")
pq.write_table(pa.table({"x": pa.array([], pa.float64())}), f"{folder}/no-rows.parquet")
pq.write_table(pa.table({"x": [1.0]}), f"{folder}/lz4.parquet", compression="lz4")
