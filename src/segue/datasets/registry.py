"""The datasets segue knows by name, and the one way to read any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segue.datasets.dataset import Dataset
from segue.datasets.folder import read_folder
from segue.datasets.gtzan_forms import looks_like_gtzan, read_gtzan_forms
from segue.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Known:
    """A dataset by name: one sentence on it, and what reads it from where it lies."""

    name: str
    summary: str
    read: Callable[[Path], Dataset]


KNOWN = {
    known.name: known
    for known in (
        Known("gtzan", "1,000 clips of 30 s in ten genres (Tzanetakis and Cook 2002)", read_gtzan_forms),
    )
}


def read_dataset(name_or_path: str | Path, data_dir: Path | None = None) -> Dataset:
    """Return a dataset, its index checked, no audio opened.

    Either a known name with the folder it lies in, or a path: a folder ``<label>/<files>``, a CSV of path
    and label, or a folder that is GTZAN's mel archive with its index.

    Raises DatasetError where the name is not known, the data is not there, or is not what the index promises.
    """
    if str(name_or_path) in KNOWN:
        known = KNOWN[str(name_or_path)]
        if data_dir is None:
            raise DatasetError(f"Say where {known.name} lies: give its folder.")
        return known.read(data_dir)
    path = Path(name_or_path)
    if not path.exists():
        raise DatasetError(
            f"{name_or_path} is neither a dataset ({', '.join(KNOWN)}) nor a folder <label>/<files> nor a CSV."
        )
    if looks_like_gtzan(path):
        return read_gtzan_forms(path)
    return read_folder(path)
