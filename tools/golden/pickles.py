# -*- coding: utf-8 -*-
"""Pickles and joblib files of plain values and numpy arrays, with what they hold.

Usage: python pickles.py OUT_FOLDER NAME. Runs on Python 2.7 (numpy 1.16) and 3.7 and newer; joblib where it is installed.
Made with Python 2.7.18 + numpy 1.16.6 + joblib 0.14.1; 3.7.16 + numpy 1.18.5 + joblib 0.14.1; 3.11 + numpy 2.5 + joblib 1.5.
"""
from __future__ import print_function

import base64
import collections
import io
import json
import pickle
import sys

import numpy as np

PY2 = sys.version_info[0] == 2
cases = []


def plain(v):
    """What a test compares with: see `plain` in pickle/pickles.test.ts."""
    if v is None or isinstance(v, (bool, str)) or (PY2 and isinstance(v, unicode)):
        return v if not (PY2 and isinstance(v, str)) else v.decode("latin1")
    if isinstance(v, (np.bool_,)):
        return bool(v)
    if isinstance(v, np.ndarray):
        if v.dtype.names:
            return {"fields": {n: plain(v[n]) for n in v.dtype.names}, "shape": list(v.shape)}
        kind = "O" if v.dtype.kind == "T" else v.dtype.kind
        data = [plain(x) for x in v.ravel().tolist()] if kind not in "Mm" else [plain(int(x)) for x in v.ravel().view("i8")]
        return {"kind": kind, "shape": list(v.shape), "data": data}
    if isinstance(v, (bytes, bytearray)):
        return {"bytes": bytes(v).decode("latin1")}
    if isinstance(v, (int, np.integer)) or (PY2 and isinstance(v, long)):
        return int(v) if abs(int(v)) < 2**53 else {"int": str(int(v))}
    if isinstance(v, (float, np.floating)):
        return float(v) if np.isfinite(v) else {"float": str(float(v))}
    if isinstance(v, tuple):
        return {"tuple": [plain(x) for x in v]}
    if isinstance(v, list):
        return [plain(x) for x in v]
    if isinstance(v, (set, frozenset)):
        return {"set": sorted(plain(x) for x in v)}
    if isinstance(v, dict):
        return {"dict": [[plain(k), plain(x)] for k, x in v.items()]}
    raise TypeError(type(v))


def add(name, value, protocols=None):
    for protocol in protocols or range(pickle.HIGHEST_PROTOCOL + 1):
        cases.append({"name": "%s, protocol %d" % (name, protocol), "file": base64.b64encode(pickle.dumps(value, protocol)).decode(), "value": plain(value)})


shared = [1, 2]
add("numbers", [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -2**31, 2**40, -2**40, 2**53 + 1, -2**63, 2**64, 2**200, 1.5, -0.25, 1e300, float("inf"), float("-inf"), float("nan")])
add("text", [u"", u"plain", u"n\xe4\xefve \u2603 \U0001f600", u"line\nbreak\ttab\\u0041", u"x" * 300])
add("bytes", [b"", b"abc", bytes(bytearray(range(256))), b"y" * 300])
add("containers", {u"list": [1, [2, [3]]], u"tuple": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)), u"none": None, u"bools": [True, False], u"nested": {u"a": {}}})
add("shared", [shared, shared, (shared,)])
add("sets", [set([1, 2, 3]), frozenset([u"a"])])
add("ordered", collections.OrderedDict([(u"b", 1), (u"a", 2)]))
add("int keys", {1: u"a", 2: u"b", u"c": 3})
if not PY2:
    add("bytearray", [bytearray(b"abc"), bytearray()])

arrays = [(dt, (np.arange(12) - (0 if np.dtype(dt).kind in "ub" else 6)).reshape(3, 4).astype(dt)) for dt in
          ("<f8", ">f8", "<f4", ">f4", "<f2", "<i8", ">i8", "<i4", ">i4", "<i2", ">i2", "i1", "u1", "<u2", ">u4", "<u8", "?")]
arrays += [("fortran " + dt, np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(dt))) for dt in ("<f8", "<i2", ">i4", "i1")]
arrays += [
    ("text", np.array([u"a", u"n\xe4\xefve", u"\u2603\U0001f600", u""])), ("big-endian text", np.array([u"ab", u"\u2603"]).astype(">U3")),
    ("bytes", np.array([b"a", b"bcd"])), ("objects", np.array([u"a", None, 1.5, (1, 2)], dtype=object)),
    ("objects 2d", np.array([[u"a", u"b"], [u"c", u"d"]], dtype=object, order="F")), ("empty", np.zeros((0, 3))), ("empty objects", np.zeros((0,), object)),
    ("scalar array", np.array(1.5)), ("dates", np.array(["2020-01-02", "1970-01-01"], dtype="M8[D]")), ("deltas", np.array([1, -2], dtype="m8[s]")),
    ("record", np.array([(1, 2.5, b"x", (1, 2)), (3, -1.0, b"yz", (3, 4))], dtype=[("a", "<i4"), ("b", "<f8"), ("c", "S2"), ("d", "<i2", (2,))])),
    ("big-endian record", np.array([(1, 2.5), (3, -1.0)], dtype=[("a", ">i4"), ("b", ">f8")])),
    ("aligned record", np.array([(1, 2.5), (3, -1.0)], dtype=np.dtype([("a", "i1"), ("b", "<f8")], align=True))),
    ("view", np.arange(20.0)[::3]), ("nan", np.array([np.nan, np.inf, -np.inf, 0.0])), ("large", np.arange(1000) % 7),
]
if hasattr(np, "dtypes") and hasattr(np.dtypes, "StringDType"):
    arrays.append(("variable-length text", np.array([u"a", u"\u2603 long text"], dtype=np.dtypes.StringDType())))
for name, array in arrays:
    add("array " + name, array, protocols=(0, 2, pickle.HIGHEST_PROTOCOL))
add("numpy scalars", [np.float64(1.5), np.int64(-3), np.bool_(True), np.float32(0.5), np.uint8(7), np.str_("text"), np.int64(2**60)], protocols=(0, 2, pickle.HIGHEST_PROTOCOL))
add("array twice", [arrays[0][1], arrays[0][1]], protocols=(0, 2, pickle.HIGHEST_PROTOCOL))

try:
    import joblib
except ImportError:
    joblib = None
if joblib:
    everything = {u"arrays": [a for _, a in arrays], u"text": u"after", u"again": arrays[0][1]}
    compressions = [0, ("zlib", 3), ("gzip", 3)] + ([] if PY2 else [("bz2", 3), ("xz", 1), ("lzma", 1)])
    for compress in compressions:
        out = io.BytesIO()
        joblib.dump(everything, out, compress=compress)
        cases.append({"name": "joblib %s, compress %s" % (joblib.__version__, compress), "file": base64.b64encode(out.getvalue()).decode(), "value": plain(everything)})

# The value stands once where several files hold it.
values, index = [], {}
for case in cases:
    text = json.dumps(case.pop("value"))
    if text not in index:
        index[text] = len(values)
        values.append(text)
    case["value"] = index[text]
with open("%s/%s.json" % (sys.argv[1], sys.argv[2]), "w") as f:
    f.write('{"values": [\n%s\n], "cases": [\n%s\n]}\n' % (",\n".join(values), ",\n".join(json.dumps(c) for c in cases)))
