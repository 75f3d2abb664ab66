"""Golden cases of sklearn.feature_extraction.

Usage: python feature_extraction.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from golden import Golden

release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
train = [
    "The quick brown fox jumps over the lazy dog",
    "A dog's life: never lazy, never quick!",
    u"Cr\u00e8me br\u00fbl\u00e9e \u2014 na\u00efve caf\u00e9, \u00c5ngstr\u00f6m x_1 x2",
    u"\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440, \u4f60\u597d \u4e16\u754c 2024",
    "foo-bar foo_bar foo.bar 3.14 1e5",
    "to be or not to be that is the question",
]
rows = train[2:5] + [
    "",
    "   spaces \t\n and\u00a0more  ",
    "lazy lazy LAZY dog unknown",
    u"cafe\u0301 \u0130stanbul stra\u00dfe \u03a3\u0391\u03a3 \uff21\uff22 \u00bd \u2167 \u0661\u0662",
    u"emoji \U0001f600\U0001f600 a\u200db \u0939\u093f\u0928\u094d\u0926\u0940",
    u"to be\u2028or\u0085not\x1cto be",
]
y = np.array([0, 1, 0, 1, 0, 1])
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, model, data=rows, methods=("transform",), names_out=True):
    golden.case(name, model, data, methods=methods, names_out=names_out and release >= (1, 1))


case("count", CountVectorizer().fit(train))
case("count bigrams stop words", CountVectorizer(ngram_range=(1, 2), stop_words="english").fit(train))
case("count trigrams list of stop words", CountVectorizer(ngram_range=(2, 3), stop_words=["the", "a"]).fit(train))
case("count char", CountVectorizer(analyzer="char", ngram_range=(1, 2)).fit(train))
case("count char_wb", CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=60).fit(train))
case("count binary case", CountVectorizer(binary=True, lowercase=False).fit(train))
case("count accents unicode", CountVectorizer(strip_accents="unicode").fit(train))
case("count accents ascii", CountVectorizer(strip_accents="ascii", analyzer="char").fit(train))
case("count vocabulary", CountVectorizer(vocabulary=["dog", "lazy", "never"]))
case("count max_features", CountVectorizer(max_features=5, min_df=2).fit(train))
for pattern in (r"\w+", r"(?u)\b\w+\b", r"[a-zA-Z]{2,}", r"\b[^\d\W]+\b", r"\S+", r"(?u)\b(\w)\w+\b", r"[\w'-]+", r"(?i)[A-F]+|\d+(?:\.\d+)?", r"[^\s,.!]+", u"[\u0400-\u04ff]+", r".\B.", r"^\w+|\w+$", r"(?<=foo)\W(?=bar)", r"\d*"):
    case("count pattern " + pattern, CountVectorizer(token_pattern=pattern).fit(train))
case("tfidf", TfidfVectorizer().fit(train))
case("tfidf sublinear l1", TfidfVectorizer(sublinear_tf=True, norm="l1").fit(train))
case("tfidf no norm", TfidfVectorizer(norm=None, smooth_idf=False).fit(train))
case("tfidf no idf", TfidfVectorizer(use_idf=False, binary=True).fit(train))
case("tfidf float32", TfidfVectorizer(dtype=np.float32).fit(train))
for options in ({}, {"alternate_sign": False}, {"norm": "l1", "ngram_range": (1, 2)}, {"norm": None, "binary": True}, {"analyzer": "char_wb", "ngram_range": (2, 3)}):
    case("hashing %s" % options, HashingVectorizer(n_features=37, **options), names_out=False)
counts = np.random.RandomState(0).poisson(0.7, (8, 5))
case("tfidf transformer", TfidfTransformer().fit(counts), counts, names_out=False)
case("tfidf transformer floats", TfidfTransformer(use_idf=False).fit(counts), counts[:3] * 0.5, names_out=False)
predict = ("predict", "predict_proba", "decision_function")
case("pipeline tfidf logistic", make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(train, y), methods=predict, names_out=False)
case("pipeline hashing logistic", make_pipeline(HashingVectorizer(n_features=64), LogisticRegression()).fit(train, y), methods=predict, names_out=False)
case("pipeline count tfidf nb", make_pipeline(CountVectorizer(), TfidfTransformer(), MultinomialNB()).fit(train, np.where(y, "b", "a")), methods=predict, names_out=False)
case("pipeline tfidf svc", make_pipeline(TfidfVectorizer(), SVC()).fit(train, y), methods=predict, names_out=False)
golden.save()
