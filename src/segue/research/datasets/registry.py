"""The datasets segue knows by name, and the one way to read any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from segue.errors import DatasetError
from segue.research.datasets import fma_facts, folder, gtzan_facts
from segue.research.datasets.dataset import Dataset, Fault
from segue.research.datasets.fma import read_fma
from segue.research.datasets.folder import read_folder
from segue.research.datasets.gtzan_forms import looks_like_gtzan, read_gtzan_forms
from segue.research.datasets.table import read_table


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of dataset by name: what can be said of it without having it, and what reads it.

    ``forms`` says how it may lie on disk; ``splits`` are those its index publishes, with their source.
    """

    name: str
    summary: str
    forms: str
    licence: str
    citation: str
    read: Callable[[Path], Dataset]
    splits: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()


_FMA_FORMS = (
    "fma_metadata/tracks.csv and genres.csv, clips as {}/000/000002.mp3 or in a larger subset's folder"
)
_OFFICIAL = ("official", "training, validation and test of set.split, CC BY 4.0, Defferrard et al. 2017")

KNOWN = {
    known.name: known
    for known in (
        Known(
            "gtzan",
            "1,000 clips of 30 s in ten genres (Tzanetakis and Cook 2002)",
            "genres_original/<genre>/<genre>.00000.wav (or .au, .flac, at any usual depth), the tar of .au"
            " as it is, or mel128x387_uint8.npz with tracks.csv",
            gtzan_facts.LICENCE,
            gtzan_facts.CITATION,
            read_gtzan_forms,
            (("fault-filtered", "443 / 197 / 290 clips, MIT, Kereliuk, Sturm and Larsen 2015"),),
            gtzan_facts.faults(),
        ),
        *(
            Known(
                subset.name,
                subset.summary,
                _FMA_FORMS.format(subset.name.replace("-", "_")),
                fma_facts.LICENCE,
                fma_facts.CITATION,
                partial(read_fma, subset=subset.name),
                (_OFFICIAL,),
                fma_facts.FAULTS,
            )
            for subset in fma_facts.SUBSETS.values()
        ),
        Known(
            "folder",
            "your own genres: a folder whose folders are the labels",
            "<label>/<audio files>, as deep as you like",
            folder.LICENCE,
            folder.CITATION,
            read_folder,
        ),
        Known(
            "csv",
            "your own genres: a CSV file of path,label",
            "a file of lines path,label; a first line may name these and artist, title, sha256, split",
            folder.LICENCE,
            folder.CITATION,
            read_table,
            (("own", "train, valid or test in a column split"),),
        ),
    )
}


def known(name: str) -> Known:
    """Return the dataset called ``name``. Raises DatasetError where none is."""
    if name not in KNOWN:
        raise DatasetError(
            f"There is no dataset {name!r}; `segue datasets list` names those there are.",
            code="unknown-dataset",
        )
    return KNOWN[name]


def read_dataset(name_or_path: str | Path, data_dir: Path | None = None) -> Dataset:
    """Return a dataset, its index checked, no audio opened.

    Either a known name with the place it lies in; or, without ``data_dir``, a path: a folder of label
    folders, a CSV of path and label, or GTZAN's mel archive with its index. A path to a CSV with
    ``data_dir`` takes the paths in it as relative to that folder.

    Raises DatasetError where the name is not known, the data is not there, or is not what the index promises.
    """
    name, path = str(name_or_path), Path(name_or_path)
    if name in KNOWN:
        if data_dir is None:
            raise DatasetError(f"Say where {name} lies: {KNOWN[name].forms}.", code="no-folder-given")
        return KNOWN[name].read(data_dir)
    if path.is_file():
        return read_table(path, data_dir)
    if looks_like_gtzan(path):
        return read_gtzan_forms(path)
    if path.is_dir():
        return read_folder(path)
    raise DatasetError(
        f"{name} is neither a dataset that segue knows ({', '.join(KNOWN)}) nor a folder of label folders nor a CSV file.",
        code="unknown-dataset",
    )
