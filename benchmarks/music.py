"""Where real music for measurements lies: Debian's free soundtracks, and GTZAN clips in ../shared."""

from __future__ import annotations

import os
from pathlib import Path

# Package name and where its music is installed.
SOUNDTRACKS = {
    "planetblupi-music-ogg": Path("/usr/share/planetblupi/music"),
    "hyperrogue-music": Path("/usr/share/hyperrogue/music"),
    "singularity-music": Path("/usr/share/games/singularity/music"),
    "fretsonfire-songs-muldjord": Path("/usr/share/games/fretsonfire/data/songs/muldjord"),
    "wesnoth-1.16-music": Path("/usr/share/games/wesnoth/1.16/data/core/music"),
    "warzone2100-music": Path("/usr/share/games/warzone2100/music"),
}


def soundtracks(*packages: str) -> dict[str, list[Path]]:
    """Return the Ogg Vorbis and Opus files of each soundtrack, links to the same file once.

    SystemExit names what to install.
    """
    missing = [name for name in packages if not SOUNDTRACKS[name].is_dir()]
    if missing:
        raise SystemExit(f"This measurement needs music: apt-get install {' '.join(missing)}")
    return {
        name: sorted({p.resolve() for kind in ("*.ogg", "*.opus") for p in SOUNDTRACKS[name].rglob(kind)})
        for name in packages
    }


def shared() -> Path:
    """Return the folder of shared research data; SystemExit when it is not there."""
    root = Path(os.environ.get("SEGUE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not root.is_dir():
        raise SystemExit(
            f"This measurement needs the shared data at {root}; say where it is by SEGUE_SHARED."
        )
    return root


def gtzan_clips() -> list[Path]:
    """Return the real GTZAN clips of the shared data, sorted."""
    return sorted((shared() / "data" / "gtzan" / "audio").rglob("*.flac"))
