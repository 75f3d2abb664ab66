"""Golden cases of column names that pandas 3 keeps in Arrow arrays.

Usage: python pandas_arrow.py OUT.json  (made with scikit-learn 1.8.0, pandas 3.1.1, pyarrow 26)
"""
import sys

import pandas as pd
from golden import Golden
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder,StandardScaler
from sklearn.linear_model import LogisticRegression
frame=pd.DataFrame({'age':[30.,41,55,23,38,60],'city':['Oslo','Bergen','Oslo','Ål','Bergen','Ål']})
y=pd.Series(['a','b','a','b','a','b'])
g=Golden(sys.argv[1])
for n,cols in (('index',frame.columns),('select',frame.select_dtypes('number').columns)):
    m=make_pipeline(ColumnTransformer([('c',OneHotEncoder(handle_unknown='ignore'),frame.columns[[1]]),('n',StandardScaler(),cols[[0]])]),LogisticRegression()).fit(frame,y)
    g.case('pandas with pyarrow, '+n,m,frame.iloc[:3])
g.save()
