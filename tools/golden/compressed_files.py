"""Small compressed files for the decompressors: base64 by name, with what each holds described so that a test can remake it.

Usage: python compressed_files.py OUT.json  (made with Python 3.11, lz4 4.4)
"""
import bz2
import gzip
import json
import lzma
import sys
import zlib
from base64 import b64encode

import lz4.frame


def lcg(count, modulus):
    """Bytes that look random and that a test can make again."""
    state, out = 1, bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        out.append((state >> 16) % modulus)
    return bytes(out)


CONTENTS = {
    "one byte": b"a",
    "text": b"hello world, " * 400,
    "random": lcg(3000, 256),
    "four symbols": lcg(6000, 4),
    "runs": b"".join(bytes([i % 7]) * (i % 300) for i in range(200)),
}
cases = []
for name, data in CONTENTS.items():
    for kind, packed in {
        "zlib": zlib.compress(data, 9),
        "gzip": gzip.compress(data, 9),
        "bz2": bz2.compress(data),
        "bz2 two streams": bz2.compress(data[:50], 1) + bz2.compress(data[50:]),
        "lzma": lzma.compress(data, format=lzma.FORMAT_ALONE),
        "xz": lzma.compress(data),
        "xz crc32": lzma.compress(data, check=lzma.CHECK_CRC32, preset=0),
        "xz sha256 two streams": lzma.compress(data[:50], check=lzma.CHECK_SHA256) + lzma.compress(data[50:]),
        "lz4": lz4.frame.compress(data),
        "lz4 checked": lz4.frame.compress(data, block_linked=True, block_checksum=True, content_checksum=True),
    }.items():
        if not data[50:] and "two" in kind:
            continue
        cases.append({"content": name, "kind": kind, "packed": b64encode(packed).decode()})
bombs = {"xz": lzma.compress(bytes(20_000_000)), "lzma": lzma.compress(bytes(20_000_000), format=lzma.FORMAT_ALONE),
         "bz2": bz2.compress(bytes(20_000_000)), "zlib": zlib.compress(bytes(20_000_000), 9), "lz4": lz4.frame.compress(bytes(20_000_000))}
json.dump({"cases": cases, "bombs": {k: b64encode(v).decode() for k, v in bombs.items() if k != "lz4"}}, open(sys.argv[1], "w"), indent=0)
