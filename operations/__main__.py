"""Entry point of `python -m operations`."""

import sys

from operations.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
