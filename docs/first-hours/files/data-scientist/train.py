"""Trains a classifier of wines and saves it, with some rows to try it on."""
import sys

import joblib
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

trees = int(sys.argv[1]) if len(sys.argv) > 1 else 20
wines, kinds = load_wine(return_X_y=True, as_frame=True)
train, test, train_kinds, _ = train_test_split(wines, kinds, random_state=0)
model = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=trees, random_state=0))
model.fit(train, train_kinds)
joblib.dump(model, "model.joblib")
test.to_csv("rows.csv", index_label="bottle")
print(f"model.joblib: {trees} trees; rows.csv: {len(test)} rows")
