"""Golden cases of sklearn.gaussian_process.

Usage: python gaussian_process.py OUT_FOLDER  (made with scikit-learn 0.22.2.post1, 0.24.2, 1.0.2, 1.2.2, 1.5.2 and 1.9.1)
"""
import sys

import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as k

from golden import Golden

release = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
rng = np.random.RandomState(0)
X = rng.randn(10, 2).round(2)
y = np.sin(X[:, 0]) + X[:, 1]
rows = rng.randn(4, 2).round(2)
golden = Golden("%s/%s.json" % (sys.argv[1], sklearn.__version__), thin=True)


def case(name, kernel, target=y, **options):
    model = GaussianProcessRegressor(kernel, alpha=0.01, random_state=0, **options).fit(X, target)
    # the dual coefficients are large where rows are alike
    golden.case(name, model, rows, methods=("predict",), scale={"predict": float(np.abs(model.alpha_).max()) + 1})


case("default", None)
case("rbf each column", k.ConstantKernel(2.0) * k.RBF([1.0, 0.5]) + k.WhiteKernel(0.1))
for nu in (0.5, 1.5, 2.5) + ((np.inf,) if release >= (0, 24) else ()):
    case("matern %s" % nu, k.Matern(length_scale=0.8, nu=nu), optimizer=None)
case("rational quadratic", k.RationalQuadratic(0.9, 1.7), optimizer=None)
case("exp sine squared", k.ExpSineSquared(1.2, 2.5) + k.WhiteKernel(1.0), optimizer=None)
case("dot product squared", k.DotProduct(0.5) ** 2, optimizer=None)
case("normalized y", k.RBF(1.0), y * 3 + 10, normalize_y=True)
case("two targets", k.RBF(1.0), np.array([y, -y]).T)
golden.save()
