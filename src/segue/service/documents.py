"""Values as the plain JSON documents that commands print and, later, HTTP answers."""

from __future__ import annotations

from typing import Any

from segue.types import Failure, ScanCounts, Tags, TrackAnalysis


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


def info_document(
    path: str, in_library: bool, identity: str, tags: Tags, analysis: TrackAnalysis
) -> dict[str, Any]:
    """Return all that is known of one file, except the vectors."""
    tempo, key = analysis.tempo, analysis.key
    return {
        "path": path,
        "in_library": in_library,
        "identity": identity,
        "tags": {
            "title": tags.title,
            "artist": tags.artist,
            "album": tags.album,
            "album_artist": tags.album_artist,
            "genre": tags.genre,
            "year": tags.year,
            "track_number": tags.track_number,
        },
        "duration_s": round(analysis.duration_s, 3),
        "genres": genres_document(path, analysis, timeline=False)["genres"],
        "timeline": timeline_document(analysis),
        "tempo": None
        if tempo is None
        else {"bpm": round(tempo.bpm, 1), "confidence": round(tempo.confidence, 3)},
        "key": None
        if key is None
        else {"tonic": key.tonic, "mode": key.mode, "strength": round(key.strength, 3)},
        "loudness_lufs": None if analysis.loudness_lufs is None else round(analysis.loudness_lufs, 2),
        "flags": list(analysis.flags),
        "damage": analysis.damage,
        "model": analysis.model,
        "front_end": analysis.front_end,
    }
