"""The ``realint`` command."""

import signal
import sys

from realint._realint import run


def main() -> int:
    """Runs the command with the process's arguments and gives its exit code."""
    # Python would take note of Ctrl-C only after the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run(["realint", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
