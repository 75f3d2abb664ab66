"""Pickled boosters with their raw scores, for boosters/fixtures/raw.json: XGBoost 3.2.0, LightGBM 4.7.0.

    python booster_raw.py <file>
"""
import sys, json, base64, pickle, numpy, warnings
warnings.filterwarnings("ignore")
import xgboost, lightgbm
from sklearn.datasets import load_iris
x,y=load_iris(return_X_y=True); y=(y==1).astype(int)
rows=x[::40]
b=xgboost.train({"objective":"binary:logistic","max_depth":2,"base_score":0.3},xgboost.DMatrix(x,y),4)
l=lightgbm.train({"objective":"binary","num_leaves":4,"verbose":-1},lightgbm.Dataset(x,y),4)
out=[]
for name,m,raw in (("xgboost",b,b.predict(xgboost.DMatrix(rows),output_margin=True)),("lightgbm",l,l.predict(rows,raw_score=True))):
    out.append({"name":name,"model":base64.b64encode(pickle.dumps(m,protocol=4)).decode(),"rows":rows.tolist(),"raw":[float(v) for v in raw]})
json.dump(out,open(sys.argv[1],"w"))
