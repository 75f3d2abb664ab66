"""Runs every function whose name starts with `test_` and prints one line for each; the exit code is 1 if one failed."""

import asyncio
import inspect
import sys
import traceback


def run(module):
    failed = 0
    for name, function in list(vars(module).items()):
        if not name.startswith("test_"):
            continue
        try:
            result = function()
            if inspect.isawaitable(result):
                asyncio.run(result)
            print(f"ok {name}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {name}", flush=True)
            traceback.print_exc()
    sys.exit(1 if failed else 0)


def raises(kind, call):
    """The exception of `kind` that `call` raises; an AssertionError where it raises none."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")
