"""Models of each format and tables for them, into the folder that is named. Needs the environment `verify`."""
import os
import pickle
import sys
import warnings

import joblib
import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

warnings.simplefilter("ignore")
OUT = sys.argv[1]
rng = np.random.RandomState(0)
N = 400


def at(name):
    return os.path.join(OUT, name)


frame = pd.DataFrame(
    {
        "age": rng.randint(18, 90, N).astype(float),
        "income": np.round(rng.lognormal(10, 1, N), 2),
        "city": rng.choice(["Łódź", "Oslo", "São Paulo", "a,b \"c\""], N),
        "plan": rng.choice(["free", "pro"], N),
    }
)
label = np.where((frame.age > 50) ^ (frame.plan == "pro"), "churn", "stay")
numbers = rng.normal(size=(N, 5))
numbers[:, 1] *= 1e4
code = (numbers[:, 0] + numbers[:, 1] / 1e4 > 0).astype(int) + (numbers[:, 2] > 1)
value = numbers[:, 0] * 3 + np.sin(numbers[:, 2])
missing = numbers.copy()
missing[rng.uniform(size=missing.shape) < 0.1] = np.nan

# ---- scikit-learn
columns = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
        ("texts", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"]),
    ]
)
joblib.dump(make_pipeline(columns, RandomForestClassifier(20, random_state=0)).fit(frame, label), at("columns.joblib"), compress=3)
texts = ["a film of love", "refund my order now", "the film was long", "where is my order"] * 5
joblib.dump(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [0, 1, 0, 1] * 5), at("texts.joblib"))
joblib.dump(make_pipeline(MinMaxScaler(), DecisionTreeClassifier(max_depth=6)).fit(numbers, code), at("tree.joblib"))
joblib.dump(GradientBoostingRegressor(n_estimators=30).fit(numbers, value), at("regressor.joblib"))
joblib.dump(HistGradientBoostingClassifier(max_iter=20).fit(missing, code), at("missing.joblib"))
joblib.dump(MultiOutputClassifier(LogisticRegression()).fit(numbers, np.c_[code, code > 0]), at("targets.joblib"))
joblib.dump(CalibratedClassifierCV(DecisionTreeClassifier(max_depth=3)).fit(numbers, code), at("calibrated.joblib"))
with open(at("linear.pkl"), "wb") as file:
    pickle.dump(LogisticRegression().fit(numbers, code), file, 2)

# ---- XGBoost
matrix = xgb.DMatrix(missing, code)
booster = xgb.train({"objective": "multi:softprob", "num_class": 3, "max_depth": 4}, matrix, 10)
booster.save_model(at("booster.json"))
booster.save_model(at("booster.ubj"))
named = pd.DataFrame(missing, columns=["a", "b", "c", "d", "e"])
xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(named, code > 0), 10).save_model(at("named.json"))
joblib.dump(xgb.XGBClassifier(n_estimators=10).fit(numbers, code), at("xgb-classifier.joblib"))
with open(at("xgb-booster.pkl"), "wb") as file:
    pickle.dump(booster, file)
categorical = frame.assign(city=frame.city.astype("category"), plan=frame.plan.astype("category"))
# XGBoost cuts categories that are not ASCII wrongly, by the other categories of the same table: nothing to compare with.
ascii = categorical.assign(city=frame.city.map({name: "abcd"[i] for i, name in enumerate(sorted(set(frame.city)))}).astype("category"))
xgb.train({"objective": "reg:squarederror"}, xgb.DMatrix(ascii, frame.age * 2 + (frame.plan == "pro"), enable_categorical=True), 8).save_model(at("xgb-categories.json"))

# ---- LightGBM
quiet = {"verbose": -1}
lgb.train({"objective": "multiclass", "num_class": 3, **quiet}, lgb.Dataset(missing, code), 10).save_model(at("lightgbm.txt"))
lgb.train({"objective": "binary", **quiet}, lgb.Dataset(categorical, (label == "churn").astype(int)), 10).save_model(at("lgb-categories.txt"))
joblib.dump(lgb.LGBMClassifier(n_estimators=10, verbose=-1).fit(frame[["age", "income"]], label), at("lgb-classifier.joblib"))

# ---- tables: another order of columns, columns that nobody needs, a missing cell, an unseen category
table = frame[["plan", "city", "income", "age"]].head(150).assign(id=["%04d" % i for i in range(150)], label=label[:150])
table.loc[3, "age"] = np.nan
table.loc[5, "city"] = "Nowhere"
table.to_csv(at("people.csv"), index=False)
table.to_json(at("people.jsonl"), orient="records", lines=True)
pd.DataFrame(numbers).to_csv(at("numbers.csv"), index=False, header=False)
pd.DataFrame({"text": texts}).to_csv(at("texts.csv"), index=False)
pd.DataFrame(missing, columns=["a", "b", "c", "d", "e"]).to_csv(at("missing.csv"), index=False)


class Malicious:
    def __reduce__(self):
        return (open, (at("code-ran"), "w"))


with open(at("malicious.pkl"), "wb") as file:
    pickle.dump(Malicious(), file, 2)
