#!/usr/bin/env python3
"""Prints every table of docs/performance.md. Options are those of compare.py; they are passed on to it.

    cargo build --release
    python3 benches/all.py --venv bench-venv --npm bench-npm
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = (
    ("10,000 words beside other tools", "compare.py", sys.argv[1:]),
    ("A cold start, and each format", "formats.py", []),
    ("Growth", "growth.py", []),
    # corpus.py needs the wheel and is started by itself.
    ("A keystroke in the language server", "keystroke.py", []),
)

for title, script, options in PARTS:
    print(f"## {title}\n", flush=True)
    done = subprocess.run([sys.executable, str(HERE / script), *options], check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
