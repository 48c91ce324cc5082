"""Getting a dataset that segue knows by name onto this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

from segue.research.datasets.fetch import FetchResult, fetch
from segue.research.datasets.registry import known
from segue.research.datasets.sources import offer_of
from segue.research.datasets.transport import Progress


def fetch_dataset(
    name: str, to: Path | None = None, *, progress: Progress = lambda step: None
) -> FetchResult:
    """Fetch, check and unpack the dataset ``name`` into ``to`` (default: see `default_folder`).

    Raises as segue.research.datasets.fetch.fetch does, and DatasetError for a name that nobody is known to offer.
    """
    offer = offer_of(name)
    return fetch(offer, to or default_folder(name), progress=progress)


def default_folder(name: str) -> Path:
    """The folder of datasets in the user's data folder; FMA's three sizes share one, and its metadata with it."""
    family = name.split("-")[0]
    return Path(platformdirs.user_data_dir("segue", appauthor=False)) / "datasets" / family


def fetch_document(result: FetchResult) -> dict[str, Any]:
    """Return what was fetched as one JSON document; ``steps`` are for a person, where ``reason`` says that segue cannot."""
    return {
        "dataset": result.dataset,
        "to": str(result.to),
        "licence": known(result.dataset).licence,
        "files": [
            {
                "name": file.name,
                "url": file.url,
                "status": file.status,
                "size": file.size,
                "sha256": file.sha256,
                "published_digest": asdict(file.digest) if file.digest else None,
                "folder": str(file.folder) if file.folder else None,
            }
            for file in result.files
        ],
        "reason": result.reason or None,
        "steps": list(result.steps),
    }
