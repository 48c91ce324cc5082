"""The benchmark's pieces: ten free soundtracks that no version of segue learned from, and GTZAN clips beside them.

Nine Debian packages; colobot's holds two albums. At most 17 pieces of each, 30 s or longer, spread evenly over
the sorted names; other versions of a piece that is there already are left out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import soundfile

# Package, folder of music, and the files in it that another version of is kept (or that other packages share).
_FOLDERS = {
    "hyperrogue-music": ("usr/share/hyperrogue/music", ()),
    "wesnoth-1.16-music": ("usr/share/games/wesnoth/1.16/data/core/music", ()),
    "warzone2100-music": ("usr/share/games/warzone2100/music", ("menu_enhanced", "track3_enhanced")),
    "colobot-common-sounds": ("usr/share/games/colobot/music", ("Hv2",)),
    "megaglest-data": ("usr/share/games/megaglest", ()),
    "supertuxkart-data": (
        "usr/share/games/supertuxkart/data/music",
        (
            "celtic_fast",
            "cocoa_river_fast",
            "farm_f",
            "jumping_to_the_stars_remake_fast",
            "landing_in_gran_paradiso_fast",
            "ravenbridge_mansion_fast",
            "theGreatFair_fast",
        ),
    ),
    "warmux-data": ("usr/share/games/warmux/music", ("Olivier_Militon.-.Apnee2",)),
    "openclonk-data": ("usr/share/games/openclonk/Music.ocg", ()),
    "wizznic-data": ("usr/share/games/wizznic", ()),
}
_MOST, _SHORTEST_S = 17, 30.0


@dataclass(frozen=True, slots=True)
class Piece:
    """One file and the album it belongs to; None for a bystander."""

    path: Path
    album: str | None


def root() -> Path:
    """Return the folder that Debian's packages are unpacked into: SEGUE_MUSIC/PACKAGE/usr/..., else the system's."""
    return Path(os.environ.get("SEGUE_MUSIC", "/"))


def pieces() -> list[Piece]:
    """Return the pieces of all ten soundtracks, sorted; SystemExit names the packages to install."""
    found: list[Piece] = []
    missing = []
    for package, (folder, copies) in _FOLDERS.items():
        base = root() / package if "SEGUE_MUSIC" in os.environ else root()
        files = sorted(p for kind in ("*.ogg", "*.opus") for p in (base / folder).rglob(kind))
        files = [p for p in files if p.stem not in copies and "sounds" not in p.parts and _long_enough(p)]
        if not files:
            missing.append(package)
        albums: dict[str, list[Path]] = {}
        for path in files:
            albums.setdefault(_album(package, path), []).append(path)
        for album, paths in albums.items():
            step = max(1.0, len(paths) / _MOST)
            chosen = [paths[int(i * step)] for i in range(min(_MOST, len(paths)))]
            found += [Piece(path, album) for path in chosen]
    if missing:
        raise SystemExit(f"This measurement needs music: apt-get install {' '.join(missing)}")
    return found


def _long_enough(path: Path) -> bool:
    info = soundfile.info(path)
    return bool(info.frames / info.samplerate >= _SHORTEST_S)


def _album(package: str, path: Path) -> str:
    if package != "colobot-common-sounds":
        return package
    # By tag: "Colobot: Gold Edition" (Emxx52) and the original soundtrack (Daniel Roux), whose files are numbered.
    return f"{package} (original)" if path.stem.startswith("music") else f"{package} (gold)"
