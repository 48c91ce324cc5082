"""Retrain the packaged network.

    python -m segue.research.training.distil prepare --music FOLDER --shared ../shared --out prepared
    python -m segue.research.training.distil train --prepared prepared --shared ../shared --out runs/v2 --seeds 0 1 2 3 4

FOLDER/PACKAGE holds each unpacked Debian package of `prepare.LEARNING_PACKAGES`. On one core preparing takes about
20 minutes and training an hour.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from segue.research.training.distil.prepare import prepare
from segue.research.training.distil.train import DistilConfig, run


def main() -> None:
    """Prepare music or train on what was prepared."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare")
    first.add_argument("--music", type=Path, required=True)
    second = commands.add_parser("train")
    second.add_argument("--prepared", type=Path, required=True)
    second.add_argument("--seeds", type=int, nargs="+", default=[0])
    for one in (first, second):
        one.add_argument("--shared", type=Path, required=True)
        one.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "prepare":
        print(f"{prepare(options.music, options.shared, options.out)} tracks prepared")
    else:
        run(options.prepared, options.shared, options.out, options.seeds, DistilConfig())


if __name__ == "__main__":
    main()
