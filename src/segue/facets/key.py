"""Key and mode from the twelve pitch classes, and from the chords a piece opens and closes with."""

from __future__ import annotations

import numpy as np

from segue.facets.base import Facet, FromPower, StreamFormat
from segue.facets.stored import Numbers
from segue.signal.chroma import ChromaAccumulator, PitchClasses
from segue.types import Key

TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

# Albrecht and Shanahan, "The use of large corpora to train a new type of key-finding algorithm" (2013):
# mean pitch-class shares of about a thousand pieces, from the tonic upwards. On synthetic triads and cadences
# in five timbres these were always right, Krumhansl and Kessler's (1982) in 91 %.
_MAJOR = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
_MINOR = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])

# A note outside the scale speaks against a key by more than its rarity in whole pieces: taken from the profiles of
# the notes that neither the natural nor the harmonic scale has. Tells ii-V-I from the dominant's own key.
_FOREIGN = 0.03
_OUTSIDE_MAJOR, _OUTSIDE_MINOR = (1, 3, 6, 8, 10), (1, 4, 6, 9)

# What V-I holds fits two keys; it is in the one whose triad it ends on. How much a triad at the end and at the
# beginning adds to a correlation: set on 1,820 synthetic progressions (seven timbres, two octaves, four tempi),
# so that cadences are decided by their end and four-chord loops, which end on IV or V, keep their key.
_ENDING, _OPENING = 0.25, 0.10
# A long total needs no such help, and where excerpts and fades end means nothing.
_ENDS_LEAD_S = 20.0


def estimate_key(heard: PitchClasses) -> Key | None:
    """Return the key that pitch classes follow best; None when nothing sounded or none stands out.

    Keys are compared by the correlation of the whole with their profile (Krumhansl and Schmuckler, in Krumhansl
    1990), and by the squared correlation of ending or opening, whichever says more, with their triad.

    ``strength`` in [0, 1] is the profile's correlation times how far the whole stands out from flat compared with it
    (the slope of their regression, at most 1) times the share of sound that could be placed: noise may
    correlate with some profile, but barely stands out, and of low chords only overtones are placed.
    """
    whole = np.asarray(heard.whole, dtype=np.float64)
    if not np.isfinite(whole).all() or whole.sum() <= 0.0:
        return None
    centred = whole / whole.sum() - 1.0 / 12.0
    spread = float(np.linalg.norm(centred))
    if spread < 1e-9:
        return None
    lead = min(1.0, _ENDS_LEAD_S / max(heard.sounding_s, 1e-3))
    ends = np.maximum(_ENDING * _fit(heard.ending, _TRIADS), _OPENING * _fit(heard.opening, _TRIADS))
    best = int(np.argmax(_correlations(whole, _SCALES) + lead * ends))
    width = float(np.linalg.norm(_SHARES[best]))
    correlation = float(_SHARES[best] @ centred) / (width * spread)
    slope = spread * correlation / width
    strength = float(np.clip(correlation * min(1.0, slope) * heard.placed, 0.0, 1.0)) if slope > 0.0 else 0.0
    return Key(TONICS[best % 12], "major" if best < 12 else "minor", strength)


def _turned(major: np.ndarray, minor: np.ndarray) -> np.ndarray:
    """Return ``(24, 12)``: both profiles less their means on every tonic, major first."""
    return np.stack([np.roll(p - p.mean(), tonic) for p in (major, minor) for tonic in range(12)])


def _less(profile: np.ndarray, outside: tuple[int, ...]) -> np.ndarray:
    lowered = profile.copy()
    lowered[list(outside)] -= _FOREIGN
    return lowered


def _triad(third: int) -> np.ndarray:
    return np.isin(np.arange(12), (0, third, 7)).astype(np.float64)


_SHARES = _turned(_MAJOR / _MAJOR.sum(), _MINOR / _MINOR.sum())
_SCALES = _turned(_less(_MAJOR, _OUTSIDE_MAJOR), _less(_MINOR, _OUTSIDE_MINOR))
_TRIADS = _turned(_triad(4), _triad(3))


def _correlations(shares: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Return the correlation ``(24,)`` of shares ``(12,)`` with each profile; zeros where shares are flat."""
    centred = shares - shares.mean()
    spread = float(np.linalg.norm(centred))
    if spread < 1e-9:
        return np.zeros(len(profiles))
    return profiles @ centred / (np.linalg.norm(profiles, axis=1) * spread)


def _fit(shares: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Return the squared correlations ``(24,)``, those below 0 as 0: a clear triad counts, half a one hardly."""
    return np.maximum(_correlations(shares, profiles), 0.0) ** 2


class _KeyAccumulator:
    def __init__(self, stream: StreamFormat) -> None:
        self._chroma = ChromaAccumulator(stream.front_end)
        self.push = self._chroma.push

    def value(self) -> Key | None:
        return estimate_key(self._chroma.pitch_classes)


def distance(key: Key, column: np.ndarray) -> np.ndarray:
    """Return half of one minus the correlation of the keys' profiles, ``(n,)`` in [0, 1].

    ``column`` is ``(n, 3)``: tonic from C = 0, 1 for minor, strength. 0 for the same key, about 0.2 for
    a fifth away and for the relative key, most for a tritone. After Krumhansl and Kessler, "Tracing the dynamic changes in perceived tonal
    organization" (1982), with the profiles that keys are found by.
    """
    own = TONICS.index(key.tonic) + 12 * (key.mode == "minor")
    there = np.isfinite(column).all(axis=1)
    rows = (
        np.where(there, np.nan_to_num(column[:, 0]) + 12 * np.nan_to_num(column[:, 1]), 0).astype(np.int64)
        % 24
    )
    return np.where(there, (1.0 - _SIMILARITY[own, rows]) / 2.0, np.nan)


def _pack(key: Key) -> tuple[float, float, float]:
    return float(TONICS.index(key.tonic)), float(key.mode == "minor"), key.strength


def _unpack(row: np.ndarray) -> Key:
    tonic, minor, strength = row.tolist()
    if tonic not in range(12) or minor not in (0, 1):
        raise ValueError(f"no key is {tonic}, {minor}")
    return Key(TONICS[int(tonic)], "minor" if minor else "major", strength)


_UNIT = _SHARES / np.linalg.norm(_SHARES, axis=1, keepdims=True)
_SIMILARITY = _UNIT @ _UNIT.T

KEY = Facet(
    name="key",
    version="1",
    source=FromPower(_KeyAccumulator),
    stored=Numbers[Key]("<f8", 3, _pack, _unpack),
    distance=distance,
    words=lambda key: f"{key.tonic} {key.mode} (strength {key.strength:.2f})",
    document=lambda key: {"tonic": key.tonic, "mode": key.mode, "strength": round(key.strength, 3)},
    confidence=lambda key: key.strength,
    least_confidence=0.2,
)
