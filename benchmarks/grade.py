"""`segue grade` on real soundtracks: on their albums, and on playlists drawn from their albums.

Debian's free soundtracks are scanned into a library; from each six playlists of up to ten of its tracks are
drawn by chance, written as M3U and imported. What is graded are then these playlists, and the albums
as tags and folders tell them. Playlists drawn so have nothing in them but the album: the figures say that
the machinery works and what an easy task looks like, not what anybody likes.

    python -m benchmarks.grade [--library FILE] [--packages ...]
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from benchmarks.music import SOUNDTRACKS, soundtracks
from benchmarks.report import table, versions, write
from segue.analysis.settings import AnalysisSettings
from segue.encode import document
from segue.service.grade.grade import columns_of, grade
from segue.service.grade.lists import lists_in_library
from segue.service.grade.report import Grade
from segue.service.history import import_history
from segue.service.scan import ScanSettings, scan_folders

_LISTS_EACH = 6
_LONGEST = 10


def write_playlists(albums: dict[str, list[Path]], folder: Path) -> None:
    """Write six playlists of each album to ``folder``: at most ten of its tracks, and half of a small one."""
    rng = random.Random(0)
    for name, tracks in sorted(albums.items()):
        length = max(4, min(_LONGEST, len(tracks) // 2))
        for number in range(1, _LISTS_EACH + 1):
            lines = ["#EXTM3U", *map(str, rng.sample(tracks, length))]
            (folder / f"{name}-{number}.m3u8").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Scan what is new, grade twice, and write docs/results/grade.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", nargs="+", default=list(SOUNDTRACKS))
    parser.add_argument("--library", type=Path, help="a library to keep; by default a new one, thrown away")
    parser.add_argument("--scanned", action="store_true", help="grade what the library holds, scan nothing")
    options = parser.parse_args()
    albums = soundtracks(*options.packages)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        library = options.library or folder / "library.db"
        if not options.scanned:
            settings = ScanSettings(analysis=AnalysisSettings(n_windows=1, loudness=False))
            scan_folders(
                [str(SOUNDTRACKS[name]) for name in options.packages], library=library, settings=settings
            )
        lists = folder / "lists"
        lists.mkdir()
        write_playlists(albums, lists)
        imported = import_history(lists, kind="playlists", library=str(library))
        print(f"{imported.matched} entries matched, {imported.unmatched} not")
        graded = {
            kind: grade(lists_in_library(str(library), (kind,)), out=folder / kind)
            for kind in ("playlist", "album")
        }
    write_report(graded, f"python -m benchmarks.grade --packages {' '.join(options.packages)}")


def write_report(graded: dict[str, Grade], command: str) -> None:
    """Write the words and the table of both grades."""
    parts = ["# Grades on soundtracks", f"`{command}`"]
    for kind, told in graded.items():
        heading, *rows = columns_of(told)
        parts += [f"## By {kind}", " ".join(told.words), table(heading, rows)]
    parts.append(
        "The playlists are drawn by chance from the albums, six from each: an easy task that shows what a grade looks like. "
        "Planetblupi, Singularity and Muldjord helped to choose the embedding (model-v1.md), which flatters content on them."
    )
    write(
        "grade",
        "\n\n".join(parts),
        {
            "command": command,
            "grades": {
                # Without what is of this machine.
                kind: {key: value for key, value in document(told).items() if key != "files"}
                | {"source": "soundtracks"}
                for kind, told in graded.items()
            },
            "versions": versions("numpy", "scipy"),
        },
    )


if __name__ == "__main__":
    main()
