"""The hostile campaign: damaged audio, odd texts, models and libraries, and kills; counts every broken promise.

A promise is broken by a crash, a hang, a traceback, an escape sequence on the terminal, a file overwritten, a file not
accounted for, and, under kills, by a track lost, a good song recorded as failed, an orphaned process or a stall.

    python -m benchmarks.hostile [--files N] [--texts N] [--seed S]

The same seed repeats the same campaign. Kills are a campaign of their own: python -m benchmarks.kills.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.hostile import audio, texts
from benchmarks.hostile.run import Tally
from benchmarks.report import table, versions, write


def main() -> None:
    """Run the campaign, write docs/results/hostile.*; exit status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry", action="store_true", help="print, and write no page")
    options = parser.parse_args()
    started = time.monotonic()
    tally = Tally()
    if options.files:
        tally.merge(audio.campaign(options.files, options.seed))
    if options.texts:
        tally.merge(texts.campaign(options.texts, options.seed))
    command = (
        f"python -m benchmarks.hostile --files {options.files} --texts {options.texts} --seed {options.seed}"
    )
    markdown = page(tally, command)
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    if options.dry:
        print(markdown)
    else:
        document = {
            "command": command,
            "tried": dict(tally.tried),
            "faults": dict(tally.faults),
            "examples": tally.examples,
            "peak_mb": round(tally.peak_mb),
            "slowest_s": round(tally.slowest_s, 1),
            "versions": versions("segue", "numpy", "soundfile", "av", "onnxruntime"),
        }
        write("hostile", markdown, document)
    sys.exit(1 if tally.faults else 0)


def page(tally: Tally, command: str) -> str:
    """Return the page: what was tried, and what went wrong, by kind."""
    faults = [
        (kind, n, " / ".join(tally.examples[kind][:2]).replace("|", "/")) for kind, n in tally.faults.items()
    ]
    return "\n\n".join(
        [
            "# Hostile input",
            f"`{command}`. Largest memory of a process: {tally.peak_mb:.0f} MB; slowest command: {tally.slowest_s:.1f} s.",
            "## What was tried",
            table(("what", "times"), sorted(tally.tried.items())),
            "## Broken promises",
            table(("kind", "times", "examples"), faults) if faults else "None.",
        ]
    )


if __name__ == "__main__":
    main()
