"""Golden cases of models that hold more than a model: caches, cross-validators, and what people attach to them.

Usage: python attachments.py OUT_FOLDER, in a scratch folder (it makes a cache there). Needs pandas.
Made with scikit-learn 0.24.2, 1.5.2 and 1.8.0.
"""
import datetime
import decimal
import pathlib
import sys
import uuid

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from golden import Golden

X, y = load_iris(return_X_y=True)
golden = Golden("%s/attachments-%s.json" % (sys.argv[1], sklearn.__version__))


def case(name, model, **attributes):
    model.fit(X, y)
    for key, value in attributes.items():
        setattr(model, key, value)
    golden.case("attachments " + name, model, X[::40])


def logistic():
    return LogisticRegression(max_iter=200)


frame = pd.DataFrame({"a": [1, 2.5], "b": ["x", "y"], "d": pd.to_datetime(["2020-01-01", "2020-01-02"]), "c": pd.Categorical(["u", "v"])})
case("memory", make_pipeline(StandardScaler(), logistic(), memory=joblib.Memory("cache", verbose=0)))
folds = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=np.random.RandomState(0))
case("several metrics", GridSearchCV(logistic(), {"C": [0.1, 1]}, scoring=["accuracy", "f1_macro"], refit="accuracy", cv=folds, return_train_score=True))
case("frame", logistic(), frame=frame, series=frame["a"], when=pd.Timestamp("2020-01-01"))
case("notes", logistic(), trained_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), price=decimal.Decimal("1.5"), took=datetime.timedelta(3),
     steps=range(3), root=1 + 2j, day=np.datetime64("2020-01-01"), rest=Ellipsis, path=pathlib.PurePosixPath("data/x"), run=uuid.UUID(int=5), tags={2, 3})
golden.save()
