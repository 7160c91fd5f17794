"""`python -m app.cli`: the same as `devoured`, where the script is not on the path."""

import sys

from app.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
