"""Writes the two tables that the text vectorisers need: scikit-learn's English stop words and Unicode's combining characters.

Usage: python text_data.py OUT_FOLDER  (made with scikit-learn 1.9.1 on Python 3.11; the stop words are the same since 0.22)
"""
import sys
import unicodedata

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS


def wrapped(words, width=112):
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line = (line + " " + word).strip()
    return lines + [line]


with open(sys.argv[1] + "/english-stop-words.ts", "w") as out:
    out.write("// Written by tools/golden/sklearn/text_data.py.\n\n")
    out.write("/** The words that `stop_words='english'` leaves out. */\n")
    out.write("export const ENGLISH_STOP_WORDS: ReadonlySet<string> = new Set(\n  `\n")
    out.write("\n".join(wrapped(sorted(ENGLISH_STOP_WORDS))))
    out.write("\n`\n    .trim()\n    .split(/\\s+/),\n);\n")

ranges, start = [], None
for code in range(sys.maxunicode + 2):
    combining = code <= sys.maxunicode and unicodedata.combining(chr(code)) != 0
    if combining and start is None:
        start = code
    if not combining and start is not None:
        ranges.append((start, code - 1))
        start = None
with open(sys.argv[1] + "/combining-ranges.ts", "w") as out:
    out.write("// Written by tools/golden/sklearn/text_data.py.\n\n")
    out.write("/** First and last code points, in hexadecimal, of each run of characters with a combining class (Unicode %s). */\n" % unicodedata.unidata_version)
    out.write("export const COMBINING_RANGES: readonly (readonly [first: number, last: number])[] =\n  `\n")
    out.write("\n".join(wrapped(["%x-%x" % pair for pair in ranges])))
    out.write("\n`\n    .trim()\n    .split(/\\s+/)\n    .map((range) => {\n      const [first, last] = range.split('-');\n      return [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const;\n    });\n")
