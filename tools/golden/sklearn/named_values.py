"""Golden cases of DictVectorizer and FeatureHasher: the library is sent a list of dicts, Berth a table with names.

Usage: python named_values.py OUT_FOLDER  (made with scikit-learn 1.2.2, 1.5.2 and 1.9.1). Needs pandas.
"""
import pickle
import sys
import zlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.feature_extraction import DictVectorizer, FeatureHasher

from golden import Golden


class OfRows(object):
    """Sends the rows of a frame as dicts."""

    def __init__(self, model):
        self.model = model

    def transform(self, frame):
        return self.model.transform(frame.to_dict("records"))


golden = Golden("%s/named-values-%s.json" % (sys.argv[1], sklearn.__version__))
train = [{"city": "Oslo", "n": 3, "x": 0.5}, {"city": "Bergen", "n": 1, "x": -2.0}, {"city": "Tromsø", "n": 0, "x": 4.25}]
rows = pd.DataFrame({"city": ["Oslo", "Tromsø", "Paris", "Bergen"], "n": [2.0, 0.0, -7.5, 1e6], "x": [0.25, -1.0, 0.0, 3.0]})
more = rows.assign(other=["a", "b", "c", "d"], y=[1.0, 2.0, 3.0, 4.0])


def case(name, model, frame):
    golden.case(name, OfRows(model.fit(train)), frame, model_bytes=zlib.compress(pickle.dumps(model, 4), 9))


case("dict vectorizer", DictVectorizer(), rows)
case("dict vectorizer dense", DictVectorizer(sparse=False), rows)
case("dict vectorizer separator", DictVectorizer(separator="::", sort=False), rows)
case("dict vectorizer float32", DictVectorizer(dtype=np.float32), rows)
case("dict vectorizer unknown names", DictVectorizer(), more)
case("hasher", FeatureHasher(n_features=16), rows)
case("hasher one sign", FeatureHasher(n_features=8, alternate_sign=False), more)
case("hasher float32", FeatureHasher(n_features=32, dtype=np.float32), rows)
case("hasher wide", FeatureHasher(n_features=1000), more)
golden.save()
