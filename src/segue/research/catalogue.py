"""What segue knows of datasets, and whether the one on disk is what it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from segue.encode import document
from segue.execution.default import default_executor
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import name_sources
from segue.research.datasets.registry import KNOWN, known, read_dataset
from segue.research.datasets.sources import OFFERS, Offer
from segue.research.datasets.verify import KINDS, Verification, verify
from segue.research.datasets.work import Work, X, Y
from segue.service.jobs import timeout_for_file_s
from segue.types import Failure

# Starting worker processes costs about as much as decoding so many clips of 30 s here.
_WORTH_WORKERS = 100


class Progress(Protocol):
    """Told how many tracks there are, then of each one."""

    def total(self, n_tracks: int) -> None: ...

    def step(self, failed: bool) -> None: ...


class Quiet:
    """Progress that nobody watches."""

    def total(self, n_tracks: int) -> None:
        """Say nothing."""

    def step(self, failed: bool) -> None:
        """Say nothing."""


def list_document() -> list[dict[str, str]]:
    """Return every dataset segue knows by name: what it is, how it is had, its licence."""
    offers = {offer.dataset: offer for offer in OFFERS}
    return [
        {
            "name": one.name,
            "summary": one.summary,
            "had": _how_had(offers.get(one.name)),
            "licence": one.licence,
        }
        for one in KNOWN.values()
    ]


def info_document(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Return what is known of a dataset, and, where ``folder`` says where it lies, what is there.

    ``name`` may also be the path of a folder of label folders or of a CSV file. Raises DatasetError for what
    is neither, and as read_dataset does.
    """
    if name in KNOWN:
        one = known(name)
        offer = next((offer for offer in OFFERS if offer.dataset == name), None)
        known_facts: dict[str, Any] = {
            "name": one.name,
            "summary": one.summary,
            "forms": one.forms,
            "licence": one.licence,
            "citation": one.citation,
            "splits": [{"name": split, "what": what} for split, what in one.splits],
            "faults": [_fault_document(fault) for fault in one.faults],
            "sources": [asdict(source) for source in offer.sources] if offer else [],
            "steps": list(offer.steps) if offer else [],
        }
        return known_facts | (contents_document(read_dataset(name, folder)) if folder else {})
    dataset = read_dataset(name, folder)
    return {
        "name": dataset.name,
        "licence": dataset.licence,
        "citation": dataset.citation,
        "faults": [_fault_document(fault) for fault in dataset.faults],
        **contents_document(dataset),
    }


def contents_document(dataset: Dataset) -> dict[str, Any]:
    """Return what an index holds, in numbers; nothing of the audio is opened."""
    tracks = dataset.tracks
    splits = Counter((name, part) for track in tracks for name, part in track.splits)
    return {
        "root": str(dataset.root),
        "tracks": len(tracks),
        "with_path": sum(track.path is not None for track in tracks),
        "classes": {label: sum(t.label == label for t in tracks) for label in dataset.classes},
        "without_label": sum(track.label is None for track in tracks),
        "with_artist": sum(bool(track.artists) for track in tracks),
        "artists": len({artist for track in tracks for artist in track.artists}),
        "names": {one.field: document(one) for one in name_sources(tracks, dataset.name_sources)},
        "exact_copies": [sorted(ids) for ids in dataset.copies],
        "parts": {
            name: {part: n for (split, part), n in sorted(splits.items()) if split == name}
            for name in dict.fromkeys(split for split, _ in splits)
        },
        "genres": len(dataset.genres),
        "archive": str(dataset.archive) if dataset.archive else None,
        "problems": [asdict(problem) for problem in dataset.problems],
        "remarks": list(dataset.remarks),
    }


def verify_dataset(name: str, folder: Path, progress: Progress | None = None) -> Verification:
    """Return what of the dataset in ``folder`` is missing, wrong, extra or unreadable.

    Decoding is done in worker processes where there is much of it: a file that crashes a decoder
    is one unreadable file. Raises DatasetError as read_dataset and verify do.
    """
    progress = progress or Quiet()
    dataset = read_dataset(name, folder)
    progress.total(len(dataset.tracks))
    with workers(sum(track.path is not None for track in dataset.tracks)) as work:
        return verify(dataset, step=lambda: progress.step(False), work=work)


def verification_document(found: Verification) -> dict[str, Any]:
    """Return a verification as one JSON document."""
    archive = found.archive
    return {
        "dataset": found.dataset.name,
        "root": str(found.dataset.root),
        "right": found.is_right,
        "tracks": found.n_tracks,
        "ok": found.n_ok,
        **{kind: found.count(kind) for kind in KINDS},
        "known_faults": sum(finding.known for finding in found.findings),
        "checked_by": found.checked_by,
        "archive": None
        if archive is None
        else {
            "rows": archive.n_rows,
            "lacking": list(archive.lacking),
            "compared_with_audio": archive.compared,
            "wrong": len(archive.wrong),
            "sha256": archive.sha256,
        },
        "findings": [asdict(finding) for finding in found.findings],
    }


@contextmanager
def workers(n_files: int) -> Iterator[Work]:
    """Give a Work for so many files of a dataset: worker processes where that pays, else this one."""
    with default_executor(n_items=n_files, n_worthwhile=_WORTH_WORKERS) as executor:

        def work(function: Callable[[X], Y], items: Iterable[X]) -> Iterator[tuple[X, Y | Failure]]:
            for outcome in executor.map(function, items, lambda item: timeout_for_file_s(str(item))):
                trouble = outcome.trouble
                value = Failure(str(outcome.item), trouble.stage, trouble.cause) if trouble else outcome.value
                yield outcome.item, value

        yield work


def _how_had(offer: Offer | None) -> str:
    if offer is None:
        return "yours"
    return "segue datasets fetch" if offer.sources else "by hand, after a login"


def _fault_document(fault: Any) -> dict[str, Any]:
    return {"what": fault.text, "source": fault.source, "tracks": list(fault.track_ids)}
