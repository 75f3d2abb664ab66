"""Writes sklearn.json: every public estimator of scikit-learn, in which releases it stands and which methods it has.

    python3 tools/docs/estimators/generate.py [FOLDER]

needs Python 3.9 and pip. It downloads one wheel of each minor release into FOLDER (a temporary one when none is named)
and reads the sources in it, since no one Python imports them all; nothing of them runs. An estimator is what
`sklearn.utils.all_estimators` counts as one: a class below BaseEstimator that is not abstract, not private and not a test's;
`--check` compares the newest release with that function of an installed scikit-learn.
"""

import ast
import glob
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# The last patch of each minor release, oldest first, and a Python it was built for.
RELEASES = [
    ("0.20.4", "37"), ("0.21.3", "37"), ("0.22.2.post1", "37"), ("0.23.2", "37"), ("0.24.2", "37"), ("1.0.2", "37"),
    ("1.1.3", "310"), ("1.2.2", "310"), ("1.3.2", "310"), ("1.4.2", "310"), ("1.5.2", "312"), ("1.6.1", "312"),
    ("1.7.2", "312"), ("1.8.0", "312"), ("1.9.1", "312"),
]  # fmt: skip
PLATFORMS = ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", "manylinux_2_27_x86_64"]
PLATFORMS += ["manylinux_2_28_x86_64", "manylinux_2_12_x86_64", "manylinux_2_17_x86_64"]
METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples", "transform"]
METHODS += ["fit_predict", "fit_transform"]
SKIPPED = {"tests", "externals", "conftest", "datasets", "_build_utils", "setup", "_loss", "experimental"}
# Importable once sklearn.experimental names them, so that no __all__ does (all_estimators leaves them out for that).
EXPERIMENTAL = {"IterativeImputer", "HalvingGridSearchCV", "HalvingRandomSearchCV"}
EXPERIMENTAL |= {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"}


class Source:
    """A class as it is written: its bases' names, what it defines, and whether parts of it are abstract."""

    def __init__(self, module, node):
        self.module, self.name = module, node.name
        self.bases = [base for base in map(last_name, bases_of(node)) if base is not None]
        self.defined, self.abstract = set(), set()
        for item in node.body:
            if isinstance(item, ast.FunctionDef):
                decorators = [last_name(one) for one in item.decorator_list]
                (self.abstract if "abstractmethod" in decorators else self.defined).add(item.name)
            elif isinstance(item, ast.Assign):
                self.defined.update(one.id for one in item.targets if isinstance(one, ast.Name))


def last_name(node):
    """`b` of `a.b`, of `b` and of a call of either."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def bases_of(node):
    """The names of a class's bases, those inside six.with_metaclass too."""
    for base in node.bases:
        if isinstance(base, ast.Call) and last_name(base.func) == "with_metaclass":
            yield from base.args[1:]
        else:
            yield base


def read_wheel(path):
    """Every class of a wheel by (module, name), and the names in each module's __all__."""
    classes, exported = {}, {}
    with zipfile.ZipFile(path) as wheel:
        for name in sorted(wheel.namelist()):
            if not name.startswith("sklearn/") or not name.endswith(".py"):
                continue
            parts = name[:-3].split("/")
            if SKIPPED & set(parts[1:]):
                continue
            if parts[-1] == "__init__":
                parts.pop()
            module = ".".join(parts)
            tree = ast.parse(wheel.read(name))
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    classes.setdefault((module, node.name), Source(module, node))
                if isinstance(node, ast.Assign) and last_name(node.targets[0]) == "__all__":
                    exported[module] = {one.value for one in getattr(node.value, "elts", [])}
    return classes, exported


def estimators(path):
    """{(public module, name): methods} of one release."""
    classes, exported = read_wheel(path)
    by_name = {}
    for (module, name), source in classes.items():
        by_name.setdefault(name, []).append(source)

    def find(name, near):
        found = by_name.get(name, [])
        same = [one for one in found if one.module == near.module]
        package = [one for one in found if one.module.split(".")[1] == near.module.split(".")[1]]
        return (same or package or found or [None])[0]

    def line(source, seen=()):
        """The class and all above it, nearest first."""
        yield source
        for base in source.bases:
            above = find(base, source)
            if above is not None and above not in seen and above is not source:
                yield from line(above, (*seen, source))

    found = {}
    for (module, name), source in classes.items():
        if name.startswith(("_", "Base")) or module.startswith("sklearn.utils"):
            continue
        home = public(module)
        if home in exported and name not in exported[home] | EXPERIMENTAL:
            continue
        above = list(line(source))
        if not any(one.name == "BaseEstimator" for one in above):
            continue
        defined, abstract = set(), set()
        for one in above:
            abstract |= one.abstract - defined
            defined |= one.defined
        if abstract:
            continue
        found[(home, name)] = [method for method in METHODS if method in defined]
    return found


def public(module):
    """The module that people import the class from."""
    parts = module.split(".")
    if parts[1] == "feature_extraction" and len(parts) > 2 and parts[2] in ("text", "image"):
        return ".".join(parts[:3])
    return ".".join(parts[:2])


def download(version, python, folder):
    held = glob.glob(f"{folder}/scikit_learn-{version}-*.whl")
    if not held:
        command = [sys.executable, "-m", "pip", "download", "-q", f"scikit-learn=={version}", "--no-deps"]
        command += ["--only-binary=:all:", "--python-version", python, "--dest", folder]
        subprocess.run(command + [f"--platform={one}" for one in PLATFORMS], check=True)
        held = glob.glob(f"{folder}/scikit_learn-{version}-*.whl")
    return held[0]


def main(folder):
    table = {}
    for version, python in RELEASES:
        minor = ".".join(version.split(".")[:2])
        for key, methods in estimators(download(version, python, folder)).items():
            entry = table.setdefault(key, {"releases": []})
            entry["methods"] = methods
            entry["releases"].append(minor)
    minors = [".".join(version.split(".")[:2]) for version, _ in RELEASES]
    lines = []
    for (module, name), entry in sorted(table.items()):
        held = entry["releases"]
        row = {"module": module, "name": name, "since": held[0], "until": held[-1], "methods": entry["methods"]}
        assert held == minors[minors.index(held[0]) : minors.index(held[-1]) + 1], (name, held)
        lines.append(json.dumps(row, separators=(",", ":")))
    out = '{"releases":%s,"estimators":[\n%s\n]}\n' % (json.dumps(minors, separators=(",", ":")), ",\n".join(lines))
    (Path(__file__).parent / "sklearn.json").write_text(out)
    return {key for key, entry in table.items() if entry["releases"][-1] == minors[-1]}


def check(ours):
    from sklearn.utils import all_estimators

    theirs = {(public(kind.__module__), name) for name, kind in all_estimators()}
    missing, more = sorted(theirs - ours), sorted(one for one in ours - theirs if one[1] not in EXPERIMENTAL)
    print(f"{len(theirs)} estimators in all_estimators; missing here: {missing}, only here: {more}")
    sys.exit(bool(missing or more))


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if one != "--check"]
    with tempfile.TemporaryDirectory() as temporary:
        newest = main(arguments[0] if arguments else temporary)
    if "--check" in sys.argv:
        check(newest)
