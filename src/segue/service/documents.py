"""The answers of commands that are not types of their own, as types: the encoder makes their JSON documents."""

from __future__ import annotations

from dataclasses import dataclass

from segue.encode import json_field
from segue.types import Failure, GenreProbability, HeardTag, TrackAnalysis

__all__ = ["FileGenres", "genres_of_failure", "genres_of_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The likeliest genre of one chunk that was heard, with its probability; seconds from the start."""

    start_s: float = json_field(digits=2)
    end_s: float = json_field(digits=2)
    genre: str
    probability: float = json_field(digits=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileGenres:
    """The genres of a file, most likely first, with what there is to know of it.

    ``timeline`` is None where it was not asked for; ``error`` says why the file could not be analysed, ``code`` at
    which stage.
    """

    path: str
    genres: tuple[GenreProbability, ...] = json_field(digits=4)
    unknown: bool = False  # unlike anything the model learned from: its genres are guesses
    tags: tuple[HeardTag, ...] = json_field(digits=4, default=())
    flags: tuple[str, ...] = json_field(omit_empty=True)
    damage: str | None = json_field(omit_none=True)
    timeline: tuple[Chunk, ...] | None = json_field(omit_none=True)
    error: str | None = json_field(omit_none=True, default=None)
    code: str | None = json_field(omit_none=True, default=None)


def genres_of_file(path: str, analysis: TrackAnalysis, timeline: bool) -> FileGenres:
    """Return the genres of an analysed file, with its timeline if asked."""
    chunks = tuple(
        Chunk(start_s=e.start_s, end_s=e.end_s, genre=e.genre, probability=e.probability)
        for e in analysis.timeline
    )
    return FileGenres(
        path=path,
        genres=analysis.genres,
        unknown=analysis.unknown,
        tags=analysis.heard_tags,
        flags=tuple(analysis.flags),
        damage=analysis.damage or None,
        timeline=chunks if timeline else None,
    )


def genres_of_failure(path: str, failure: Failure, timeline: bool) -> FileGenres:
    """Return the answer about a file that could not be analysed: no genres, and why."""
    return FileGenres(
        path=path,
        genres=(),
        flags=(),
        damage=None,
        timeline=() if timeline else None,
        error=failure.cause,
        code=f"audio-{failure.stage}",
    )
