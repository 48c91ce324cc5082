"""Everything known about one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.analysis.settings import AnalysisSettings
from segue.facets.registry import BUILT_IN, Registry, registry
from segue.library.location import is_there, library_path
from segue.library.store import Library
from segue.service.jobs import AnalyseJob, analyse_one, identify, naming
from segue.types import Tags, TrackAnalysis

_NOT_SHOWN = ("timbre", "fingerprint")  # vectors, which say nothing to a reader


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file: its identity, its tags, and its analysis, which came from the library where ``in_library``."""

    path: str
    in_library: bool
    identity: str
    tags: Tags
    analysis: TrackAnalysis
    facets: Registry

    def words(self) -> dict[str, str]:
        """Return each facet that has something to say, in words, by name; segue's vectors and timeline are left out."""
        return {
            facet.name: facet.words(self.analysis.values[facet.name])
            for facet in self.facets
            if facet.name not in (*_NOT_SHOWN, "timeline")
            and self.analysis.values.get(facet.name) is not None
        }

    def __document__(self) -> dict[str, object]:
        analysis, shown = self.analysis, {}
        for facet in self.facets:
            value = analysis.values.get(facet.name)
            shown[facet.name] = None if value is None else facet.document(value)
        own = {facet.name for facet in BUILT_IN}
        others = {name: value for name, value in shown.items() if name not in own and name in analysis.values}
        return {
            "path": self.path,
            "in_library": self.in_library,
            "identity": self.identity,
            "tags": self.tags,
            "duration_s": round(analysis.duration_s, 3),
            "genres": shown["genre"] or [],
            "timeline": shown["timeline"] or [],
            "tempo": shown["tempo"],
            "key": shown["key"],
            "loudness_lufs": shown["loudness"],
            **({"facets": others} if others else {}),
            "flags": analysis.flags,
            "damage": analysis.damage,
            "model": analysis.model,
            "front_end": analysis.front_end,
        }


def file_info(
    file: str, *, library: str | None = None, model: Path | None = None, facets: Sequence[str] = ()
) -> FileInfo:
    """Return what is known about the file at ``file``, by the packaged model or another one.

    A recording that the library holds is not analysed again, wherever its file lies; any other is analysed now and not
    stored. ``facets`` are files with more facets. Raises AudioError when the file cannot be read as audio, ModelError
    when the model cannot be used, and SegueError for facets that cannot be loaded.
    """
    job = AnalyseJob(model, AnalysisSettings(), tuple(facets))
    known = registry(facets)
    with naming(file):
        found = identify(file)
        held = _held(found.identity, job.analyser().network.passport.model, library, known)
        analysis = held or analyse_one(job, file, found.layout)
    return FileInfo(os.path.abspath(file), held is not None, found.identity, found.tags, analysis, known)


def _held(identity: str, model: str, library: str | None, facets: Registry) -> TrackAnalysis | None:
    path = library_path(library)
    if not is_there(path):
        return None  # nothing was ever scanned, which is no error here
    with Library.open(path, read_only=True, facets=facets) as opened:
        known = opened.track_by_identity(identity, model)
        return opened.track(known.track_id, model).analysis if known and known.analysed else None
