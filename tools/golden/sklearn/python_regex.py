"""What Python's `re` finds, for the translation of token patterns.

Usage: python python_regex.py OUT_FILE  (made with Python 3.11)
"""
import json
import re
import sys

PATTERNS = [
    r"(?u)\b\w\w+\b", r"\w+", r"[^\W\d_]+", r"(?i)ab|CD", r"(?s)a.b", r"a.b", r"\$\d+", r"x{2,3}", r"x{,2}y", r"[a\-z]+",
    r"[]a]+", r"[^]a]+", "\\b\u0430\\w*", r"(?P<w>\w)\w", r"\x41\u0042", r"\D\s\S", r"a$", r"^a", r"^A|b", r"\AA|b\Z", r"{x}",
    r"[\w.]+@[\w.]+", r"\w*", r"(?:a|b)+?", r"(a)|b", r"[^\s]+(?=\s)", r"(?<!x)x", r"[+*/|&~-]", r"[--/]", r"\S{2,}", r"\B\w\B",
    r"[\w\s]+", r"(?#comment)a", r"a{2}", r"a{", r"#\w+", r"[a-f\d]+", r"\.", r"(?u)\b[a-zA-Z]+\b",
]
TEXTS = [
    "Ab cd a\nb a\rb $42 xxxx xxy a-z ]a[ \u0430\u0431\u0432 \u00e9t\u00e9 x_1 A1B AB {x} me@x.org  b\u0301 a\u00b2\u00bd\u2028a\na",
    "", "a", "A#tag a{ aa a+b*c|d&e~f \U0001d400\U0001f600x\u0661\u0662 \u0939\u093f\u0928\u094d\u0926\u0940 \ufeffb\x1cc\x85d\n",
]
with open(sys.argv[1], "w") as out:
    cases = [{"pattern": p, "found": [re.findall(p, t) for t in TEXTS]} for p in PATTERNS]
    json.dump({"texts": TEXTS, "cases": cases}, out, indent=0)
    out.write("\n")
