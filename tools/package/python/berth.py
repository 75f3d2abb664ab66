"""`python -m berth`. A module, not a package: where another project's package `berth` is installed, that one is meant."""
from berth_serving.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
