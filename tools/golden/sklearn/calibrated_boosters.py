"""Golden cases of calibrated XGBoost models: what a calibrator makes of float32 probabilities depends on numpy's release.

Usage: python calibrated_boosters.py OUT_FOLDER
Made with XGBoost 1.7.6, 2.1.4, 3.2.0; scikit-learn 1.2.2, 1.5.2, 1.9.0; numpy 1.24.4, 1.26.4, 2.4.6 (in this order).
"""
import sys
import warnings

import sklearn
import xgboost as xgb
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris

from golden import Golden

warnings.simplefilter("ignore")
X, y = load_iris(return_X_y=True)
golden = Golden("%s/calibrated-%s.json" % (sys.argv[1], xgb.__version__))
release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
methods = ["sigmoid", "isotonic"] + (["temperature"] if release >= (1, 8) else [])
for method in methods:
    for name, rows in (("of three classes", slice(None)), ("of two", slice(100))):
        model = CalibratedClassifierCV(xgb.XGBClassifier(n_estimators=3, max_depth=2), method=method, cv=2)
        model.fit(X[rows], y[rows])
        # The last bits of a float32 logarithm and exponential are numpy's own.
        golden.case("calibrated, %s, %s" % (method, name), model, X[::17] * 1.01, methods=("predict", "predict_proba"), tolerance=1e-6 if method == "temperature" else 1e-14)
golden.save()
