"""Fixtures every room shares: where the real music is, or a skip that says what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts wall time: machines are shared, and a slow example is no wrong one.
settings.register_profile("segue", deadline=None)
settings.load_profile("segue")

SOUNDTRACK_DIRS = (
    Path("/usr/share/planetblupi/music"),
    Path("/usr/share/hyperrogue/music"),
    Path("/usr/share/singularity/music"),
    Path("/usr/share/games/singularity/music"),
    Path("/usr/share/games/fretsonfire/data/songs/muldjord"),
)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory) -> Iterator[None]:
    """A cache folder of the tests' own: what is heard of files that are gone tomorrow is not for the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of research data beside the repository (SEGUE_SHARED names another)."""
    default = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("SEGUE_SHARED", default))
    if not (folder / "data").is_dir():
        pytest.skip(f"shared data: no folder {folder} (set SEGUE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def soundtracks() -> list[Path]:
    """The folders of Debian game soundtracks that are installed, at least one."""
    present = [folder for folder in SOUNDTRACK_DIRS if folder.is_dir()]
    if not present:
        pytest.skip("soundtracks: no music of Debian's planetblupi, hyperrogue, singularity, fretsonfire")
    return present
