"""``python -m fastgd`` is the command ``fastgd``; what it does is left to `cli`."""

from __future__ import annotations

import sys

from fastgd._interrupted import end_command

if __name__ == "__main__":
    try:
        from fastgd.cli import main

        sys.exit(main())
    except KeyboardInterrupt:
        end_command()
        raise
