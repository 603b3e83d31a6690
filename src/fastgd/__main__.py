"""``python -m fastgd`` is the command ``fastgd``; what it does is left to `cli`."""

from __future__ import annotations

import sys

from fastgd.cli import main

if __name__ == "__main__":
    sys.exit(main())
