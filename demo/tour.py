"""A newcomer's tour: a folder of music in; its genres and what fits next out.

``python demo/tour.py`` composes the demo library and tours that; ``python demo/tour.py ~/Music``
tours a folder of yours. Every step is a `segue` command, printed before it runs.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from compose import compose
from segue.audio.discover import walk

OUT_DIR = Path("demo-library")
SCANNED = (0, 3)  # exit statuses of a scan that went through; 3: some files failed and were recorded
N_SAMPLED = 6


def tour(music: Path, out_dir: Path, library: Sequence[str]) -> int:
    """The exit status after scanning ``music``, naming some genres and listing what fits next.

    ``library`` is put before each command that needs one: ``["--library", FILE]`` or nothing. The
    playlist goes to ``out_dir``.
    """
    status = segue(*library, "scan", str(music))
    if status not in SCANNED:
        return status
    # The scan has told what could not be listed; paths as short as one would type them.
    here = f"{os.getcwd()}{os.sep}"
    songs = [found.path.removeprefix(here) for found in walk([music], on_failure=lambda failure: None)]
    if not songs:
        print(f"There is no music that segue knows in {music}; name another folder.", file=sys.stderr)
        return 1
    sampled = songs[:: -(-len(songs) // N_SAMPLED)]  # spread over the folder
    segue("genres", *sampled)
    playlist = out_dir / "what fits next.m3u8"
    for song in sampled:  # the first may be silent or damaged
        if segue(*library, "like", song, "-n", "5", "--m3u", str(playlist)) == 0:
            print(f"\nOpen that playlist with VLC or almost any player: {playlist.resolve()}")
            return 0
    return 1


def segue(*arguments: str) -> int:
    """The exit status of a `segue` command, run as a reader would type it."""
    print(f"\n$ segue {shlex.join(arguments)}", flush=True)
    return subprocess.run([sys.executable, "-m", "segue", *arguments], check=False).returncode


def main() -> None:
    """Read the command line, compose if there is no music to tour, and go."""
    parser = argparse.ArgumentParser(description="Tour segue on a folder of music, or on a composed one.")
    parser.add_argument("music", nargs="?", type=Path, help="your music; without it segue composes some")
    parser.add_argument(
        "--out",
        type=Path,
        default=OUT_DIR,
        help="folder for what the tour itself writes (default: demo-library)",
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    print(f"What follows a $ you can type yourself; segue is {Path(sys.executable).with_name('segue')} here.")
    if args.music:
        print("This adds your music to your own library file (`segue doctor` says where it lies).")
        print("You can stop at any time with Ctrl-C and go on later: what is done stays done.")
        sys.exit(tour(args.music.expanduser(), args.out, []))
    if not (args.out / "manifest.json").exists():
        print(f"Composing a library into {args.out}; this takes about half a minute ...", flush=True)
        compose(args.out)
    print("All of this music is synthetic: the genres below are only what it sounds like to segue.")
    sys.exit(tour(args.out, args.out, ["--library", str(args.out / "demo.db")]))


if __name__ == "__main__":
    main()
