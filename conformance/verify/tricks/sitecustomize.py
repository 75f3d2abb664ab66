"""Makes the library of this Python misbehave as VERIFY_TRICK says. Put on PYTHONPATH by main.ts."""
import os

TRICK = os.environ.get("VERIFY_TRICK")


def spoil(joblib):
    load = joblib.load

    def spoiled(path, *more):
        model = load(path, *more)
        if TRICK == "tamper":
            model.coef_ = model.coef_ * 1.001
        elif TRICK == "print":
            print("x" * 3000000)
            os.write(1, b"from C\n" * 1000)
        elif TRICK == "crash":
            import ctypes

            ctypes.string_at(0)
        elif TRICK == "exit":
            os._exit(7)
        elif TRICK == "raise":
            raise SystemExit("the model does not want to")
        elif TRICK == "loop":
            import subprocess
            import sys

            helper = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
            with open(os.environ["VERIFY_PIDS"], "w") as file:
                file.write("%d %d" % (os.getpid(), helper.pid))
            while True:
                pass
        elif TRICK == "input":
            try:
                input()
            except EOFError:
                pass
        return model

    joblib.load = spoiled


if TRICK:
    try:
        import joblib
    except ImportError:
        pass
    else:
        spoil(joblib)
