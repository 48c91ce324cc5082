"""An index as it lies in a folder, with all that helps to check a split and nothing insisted on.

A leak must also be found where only an index is there, without audio or archive, and where a list of duplicates is all
that tells copies. What is missing is named by whoever checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.gtzan_forms import ARCHIVE, read_gtzan_forms
from segue.research.datasets.gtzan_index import INDEX, listed_text, read_gtzan_index
from segue.research.datasets.hashes import with_hashes
from segue.research.datasets.index import NameSource, Track
from segue.research.datasets.registry import read_dataset

_DUPLICATES = "exact_duplicates_by_sha256.txt"


@dataclass(frozen=True, slots=True)
class LooseIndex:
    """``duplicates`` are listed groups of byte-identical files, None without a list; ``archive`` may be None.

    ``remarks`` say what in the folder contradicts itself or what is published. ``dataset`` is what training would read
    there, None where there is nothing to learn from. ``name_sources`` as in Dataset.
    """

    tracks: tuple[Track, ...]
    duplicates: tuple[tuple[str, ...], ...] | None
    archive: Path | None
    remarks: tuple[str, ...] = ()
    dataset: Dataset | None = None
    name_sources: tuple[NameSource, ...] = ()


def read_loose_index(name: str, folder: Path) -> LooseIndex:
    """Return the index in ``folder``.

    For ``gtzan`` that is its ``tracks.csv`` as `read_gtzan_index` reads it, be it all there is; without the table, and
    for every other dataset, the index that `read_dataset` checks, with hashes of the files that have none in it: as
    training, whose copies stay on one side, reads them too. Raises DatasetError where there is nothing to read.
    """
    if name != "gtzan" or not (folder / INDEX).is_file():
        dataset = with_hashes(read_dataset(name, folder))
        return LooseIndex(
            dataset.tracks, None, dataset.archive, dataset.remarks, dataset, dataset.name_sources
        )
    index = read_gtzan_index(folder)
    archive = folder / ARCHIVE
    return LooseIndex(
        index.tracks,
        _duplicates(folder / _DUPLICATES),
        archive if archive.is_file() else None,
        index.remarks,
        _gtzan(folder),
        index.name_sources,
    )


def _gtzan(folder: Path) -> Dataset | None:
    try:
        return read_gtzan_forms(folder)
    except DatasetError:  # an index and nothing else
        return None


def _duplicates(path: Path) -> tuple[tuple[str, ...], ...] | None:
    if not path.is_file():
        return None
    lines = listed_text(path).splitlines()
    groups = [tuple(n.removesuffix(".wav").removesuffix(".au") for n in line.split()) for line in lines]
    return tuple(group for group in groups if len(group) > 1)
