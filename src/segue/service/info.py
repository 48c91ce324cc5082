"""All that segue knows of one file."""

from __future__ import annotations

import os
from typing import Any

from segue.analysis.settings import AnalysisSettings
from segue.library.location import is_there, library_path
from segue.library.store import Library
from segue.service.documents import info_document
from segue.service.jobs import AnalyseJob, identify, naming
from segue.types import TrackAnalysis


def file_info(file: str, *, library: str | None = None) -> dict[str, Any]:
    """Return one JSON document about the file at ``file``.

    A recording that the library holds is not analysed again, wherever its file lies; any other is
    analysed now and not stored. Raises AudioError when the file cannot be read as audio.
    """
    job = AnalyseJob(None, AnalysisSettings())
    with naming(file):
        found = identify(file)
        held = _held(found.identity, job.analyser().network.passport.model, library)
        analysis = held or job(file, found.layout)
    return info_document(os.path.abspath(file), held is not None, found.identity, found.tags, analysis)


def _held(identity: str, model: str, library: str | None) -> TrackAnalysis | None:
    path = library_path(library)
    if not is_there(path):
        return None  # nothing was ever scanned, which is no error here
    with Library.open(path, read_only=True) as opened:
        known = opened.track_by_identity(identity, model)
        return opened.track(known.track_id, model).analysis if known and known.analysed else None
