"""The values that pass between the rooms of segue: frozen, typed, without behaviour of their own.

Conventions: arrays of spectra are ``(n_mels, n_frames)``; names carry their unit (``_s``,
``_hz``, ``_db``) unless they count samples, frames or things; a *score* is higher when better,
a *probability* is calibrated and sums to one over its classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing segue.types must stay cheap
    import numpy as np

# What an analysis may say about the audio it looked at. Flags are facts, not failures.
FLAG_SILENT = "silent"  # never above the silence threshold: no genres, no key, no tempo
FLAG_SHORT = "short"  # shorter than one chunk: genres rest on repeating it
FLAG_TRUNCATED = "truncated"  # clearly less audio decoded than the file declares
FLAG_DAMAGED = "damaged"  # something could not be decoded; the rest was analysed


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says about itself; every field is None when the file does not say."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    genre: str | None = None
    year: str | None = None
    track_number: int | None = None


@dataclass(frozen=True, slots=True)
class GenreProbability:
    """One genre and its calibrated probability in [0, 1]."""

    genre: str
    probability: float


@dataclass(frozen=True, slots=True)
class HeardTag:
    """One of the model's own tags ("ambient", "female vocalists") that it hears clearly, with its probability."""

    tag: str
    probability: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """How probable it is that a track is of none of the model's genres, and whether that prevails."""

    probability: float
    unknown: bool


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """The likeliest genre of one stretch of a track, with its probability; seconds from the start."""

    start_s: float
    end_s: float
    genre: str
    probability: float


@dataclass(frozen=True, slots=True)
class Tempo:
    """Tempo in beats per minute and how clearly it stands out, in [0, 1]."""

    bpm: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Key:
    """Tonic (``"C"``, ``"C#"`` ... ``"B"``), mode (``"major"`` or ``"minor"``) and strength in [0, 1]."""

    tonic: str
    mode: str
    strength: float


@dataclass(frozen=True, slots=True)
class TrackAnalysis:
    """All that segue computed for one track.

    ``values`` holds the value of each facet that was computed, by the facet's name: None where it has nothing to
    say, as of silence. The properties are the facets of segue itself, by the words of the documents. ``damage`` is one
    sentence on audio that was lost, None for a sound file. ``n_windows`` is how many windows the network was asked to
    hear, 0 when it was not run.
    """

    model: str  # name of the model that gave genres and embedding
    front_end: str  # name of the front end that model listens through
    duration_s: float  # really decoded, not what the header claims
    values: Mapping[str, Any]
    flags: tuple[str, ...] = ()
    damage: str | None = None
    n_windows: int = 1

    @property
    def genres(self) -> tuple[GenreProbability, ...]:
        """The genres, most likely first; empty for silence."""
        return self.values.get("genre") or ()

    @property
    def unknown(self) -> bool:
        """Whether the music is unlike anything the model learned from, so that its genres are guesses."""
        doubt: Doubt | None = self.values.get("doubt")
        return doubt is not None and doubt.unknown

    @property
    def heard_tags(self) -> tuple[HeardTag, ...]:
        """The model's own tags that it hears clearly, clearest first; empty for models without tags."""
        return self.values.get("tags") or ()

    @property
    def timeline(self) -> tuple[TimelineEntry, ...]:
        """The likeliest genre of each chunk that was heard, in order of time; empty for silence."""
        return self.values.get("timeline") or ()

    @property
    def embedding(self) -> np.ndarray | None:
        """The embedding, float32 of unit length; None for silence."""
        return self.values.get("timbre")

    @property
    def fingerprint(self) -> np.ndarray | None:
        """The int8 sketch of segue.copies.sketch; None where there is nothing to tell copies by."""
        return self.values.get("fingerprint")

    @property
    def loudness_lufs(self) -> float | None:
        """Integrated loudness after ITU-R BS.1770; None below the absolute gate (-70 LUFS) or when not measured."""
        return self.values.get("loudness")

    @property
    def tempo(self) -> Tempo | None:
        """The tempo; None where nothing recurs."""
        return self.values.get("tempo")

    @property
    def key(self) -> Key | None:
        """The key; None where nothing sounds."""
        return self.values.get("key")


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be analysed: where it stopped and one sentence that says why."""

    path: str
    stage: str
    cause: str


@dataclass(frozen=True, slots=True)
class ScanCounts:
    """What became of the tracks a scan met, each counted once."""

    analysed: int = 0
    unchanged: int = 0
    moved: int = 0
    failed: int = 0
    removed: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Interactions:
    """Who chose what: one row per pair of a user (or playlist) and an item, each pair once.

    Row arrays are of one length. Users and items are positions in ``user_ids`` and ``item_ids``;
    no other place turns ids into positions. Rows are sorted by user, then item.
    """

    name: str
    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    users: np.ndarray  # int64 (n_rows,)
    items: np.ndarray  # int64 (n_rows,)
    counts: np.ndarray  # float32 (n_rows,), positive: how often, or how strongly
    times_s: np.ndarray | None = None  # int64 (n_rows,), Unix seconds of the first time; None: not told


@dataclass(frozen=True, slots=True)
class ItemContent:
    """What is known of items without asking any listener; row i belongs to position i of the items.

    ``audio`` is float32 ``(n_items, n_dims)``, each column standardised over the items; ``metadata``
    the same for what people wrote (genres of the artist ...), kept apart because it is not heard.
    Either is None where the source tells nothing of that kind.
    """

    audio: np.ndarray | None
    metadata: np.ndarray | None
    artists: tuple[str | None, ...]
    titles: tuple[str | None, ...]
