"""The contract of a facet: one property of a track, with how it is computed, stored, compared and put into words.

A facet is one file that ends in a `Facet`, and one line in segue.facets.registry (or an entry point, or a file named
with ``--facets``). Nothing else knows a facet by name: a scan computes what is missing, the library stores it,
`segue info` shows it and `segue like --feel NAME=WEIGHT` compares by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from segue.facets.track_output import TrackOutput
from segue.signal.front_end import FrontEnd

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Accumulator(Protocol[T_co]):
    """Collects one facet while a track is decoded, in little memory."""

    def push(self, block: np.ndarray, /) -> None:
        """Take the next block; how the track is cut into blocks must not show in the value."""
        ...

    def value(self) -> T_co | None:
        """Return the facet of all that was pushed, None where it has nothing to say. Called once, at the end."""
        ...


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """What an accumulator is about to receive: the front end, and the rate and channels of the file itself."""

    front_end: FrontEnd
    sample_rate_hz: int
    n_channels: int


@dataclass(frozen=True, slots=True)
class FromSamples(Generic[T]):
    """Computed from the file's samples, float32 ``(n_frames, n_channels)`` at its own rate."""

    start: Callable[[StreamFormat], Accumulator[T]]


@dataclass(frozen=True, slots=True)
class FromPower(Generic[T]):
    """Computed from power spectra of mono at the front end's rate, float32 ``(n_fft // 2 + 1, n_frames)``."""

    start: Callable[[StreamFormat], Accumulator[T]]


@dataclass(frozen=True, slots=True)
class FromMel(Generic[T]):
    """Computed from mel power of mono at the front end's rate, float32 ``(n_mels, n_frames)``."""

    start: Callable[[StreamFormat], Accumulator[T]]


@dataclass(frozen=True, slots=True)
class FromNetwork(Generic[T]):
    """Read from what the network computed for the windows of the track."""

    read: Callable[[TrackOutput], T | None]


@dataclass(frozen=True, slots=True)
class FromFacets(Generic[T]):
    """Derived from other facets, none of them derived itself; the file is not opened.

    ``derive`` receives the values of ``names``, None where one has nothing to say.
    """

    names: tuple[str, ...]
    derive: Callable[[Mapping[str, Any]], T | None]


Source = FromSamples[T] | FromPower[T] | FromMel[T] | FromNetwork[T] | FromFacets[T]


class Stored(Protocol[T]):
    """How values become bytes and columns; segue.facets.stored has the two forms that facets use."""

    @property
    def one_length(self) -> bool:
        """Whether all values of one version take equally many bytes."""
        ...

    def encode(self, value: T) -> bytes:
        """Return the value as bytes."""
        ...

    def decode(self, data: bytes) -> T:
        """Return the value that ``encode`` wrote. Raises ValueError for bytes that it cannot have written."""
        ...

    def column(self, data: Sequence[bytes | None]) -> Any:
        """Return many values in the form that ``Facet.distance`` takes, n rows; None marks a row without value."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """One facet of n tracks: ``values`` as ``Stored.column`` makes them, ``confidences`` float32 (n,).

    A confidence is NaN where the track has no value.
    """

    name: str
    version: str
    values: Any
    confidences: np.ndarray


def _sure(value: Any) -> float:
    return 1.0


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Facet(Generic[T]):
    """One property of a track.

    ``version`` changes whenever values change; stored values of another version are computed again. ``distance`` takes
    one value and the rows of a column and returns ``(n,)`` numbers in [0, 1], or NaN for a row without value; its
    docstring names its source. ``confidence`` is in [0, 1]: a value below ``least_confidence`` is compared with
    nothing. ``words`` is what a person reads, ``document`` what JSON holds. Raises ValueError for a name or version that
    is not made of lower-case letters, digits, dots and hyphens.
    """

    name: str
    version: str
    source: Source[T]
    stored: Stored[T]
    distance: Callable[[T, Any], np.ndarray]
    words: Callable[[T], str]
    document: Callable[[T], Any] = field(default=_same)
    confidence: Callable[[T], float] = field(default=_sure)
    least_confidence: float = 0.0

    def __post_init__(self) -> None:
        for text in (self.name, self.version):
            if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,39}", text):
                raise ValueError(f"{text!r} is no name or version of a facet")

    def confidence_of(self, value: T | None) -> float:
        """Return how sure the value is, in [0, 1]; 0 where there is none."""
        return 0.0 if value is None else min(1.0, max(0.0, float(self.confidence(value))))

    def distances(self, value: T | None, column: Column) -> np.ndarray:
        """Return float32 ``(n,)`` in [0, 1]: how far ``value`` is from each row; NaN where either is unsure or missing."""
        comparable = column.confidences >= self.least_confidence  # False for NaN
        if value is None or self.confidence_of(value) < self.least_confidence or not comparable.any():
            return np.full(len(comparable), np.nan, np.float32)
        found = np.asarray(self.distance(value, column.values), np.float32)
        return np.where(comparable, np.clip(found, 0.0, 1.0), np.float32(np.nan))
