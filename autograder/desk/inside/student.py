"""The commands of a student."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from autograder import cli


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 if all went well, 1 with a sentence if not."""
    own, for_jupyterlab = cli._divided(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__)
    cli._student_commands(parser.add_subparsers(required=True, metavar="COMMAND"), for_jupyterlab)
    options = parser.parse_args(own)
    try:
        return int(options.run(options))
    except (ValueError, OSError, RuntimeError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
