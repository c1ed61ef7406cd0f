"""``python -m fabrica.serving``."""

import sys

from fabrica.serving._cli import main

if __name__ == "__main__":
    sys.exit(main())
