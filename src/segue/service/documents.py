"""Values as the plain JSON documents that commands print and, later, HTTP answers."""

from __future__ import annotations

from typing import Any

from segue.types import Failure, ScanCounts, TrackAnalysis


def scan_document(counts: ScanCounts) -> dict[str, Any]:
    """Return the counts of a scan; each track is in exactly one of them."""
    return {
        "analysed": counts.analysed,
        "unchanged": counts.unchanged,
        "moved": counts.moved,
        "failed": counts.failed,
        "removed": counts.removed,
        "seconds": round(counts.seconds, 3),
    }


def failure_document(failure: Failure) -> dict[str, Any]:
    """Return one failure."""
    return {"path": failure.path, "stage": failure.stage, "cause": failure.cause}


def genres_document(path: str, analysis: TrackAnalysis, timeline: bool) -> dict[str, Any]:
    """Return the genres of a file, sorted, with flags where there is something to know, and its timeline if asked."""
    document: dict[str, Any] = {
        "path": path,
        "genres": [{"genre": g.genre, "probability": round(g.probability, 4)} for g in analysis.genres],
        "unknown": analysis.unknown,
        "tags": [{"tag": t.tag, "probability": round(t.probability, 4)} for t in analysis.heard_tags],
    }
    if analysis.flags:
        document["flags"] = list(analysis.flags)
    if analysis.damage:
        document["damage"] = analysis.damage
    if timeline:
        document["timeline"] = timeline_document(analysis)
    return document


def timeline_document(analysis: TrackAnalysis) -> list[dict[str, Any]]:
    """Return the likeliest genre of every chunk that was heard, in order of time."""
    return [
        {
            "start_s": round(e.start_s, 2),
            "end_s": round(e.end_s, 2),
            "genre": e.genre,
            "probability": round(e.probability, 4),
        }
        for e in analysis.timeline
    ]
