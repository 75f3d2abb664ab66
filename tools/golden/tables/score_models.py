"""Writes the model, rows and answers that berth score is tested with: python score_models.py FOLDER (scikit-learn, pandas)."""
import sys

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

folder = sys.argv[1]
rng = np.random.default_rng(7)
n = 60
frame = pd.DataFrame(
    {
        "customer": [f"{i:05d}" for i in range(n)],
        "age": rng.integers(18, 90, n).astype(float),
        "city": rng.choice(["Köln", "Paris", "Rome, the city"], n),
        "balance": rng.normal(1000, 300, n),
    }
)
target = np.where(frame.age + (frame.city == "Paris") * 20 > 55, "yes", "no")
frame.loc[[3, 11], "age"] = np.nan
model = make_pipeline(
    ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "balance"]),
            ("words", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["city"]),
        ]
    ),
    LogisticRegression(),
)
features = frame[["balance", "age", "city"]]
model.fit(features, target)
frame.loc[[5, 11, 40], "city"] = np.nan
features = frame[["balance", "age", "city"]]
joblib.dump(model, f"{folder}/churn.joblib")
frame.to_csv(f"{folder}/churn.csv", index=False)
proba = model.predict_proba(features)
pd.DataFrame(
    {"customer": frame.customer, "predict": model.predict(features), "no": proba[:, 0], "yes": proba[:, 1]}
).to_csv(f"{folder}/churn-expected.csv", index=False)
