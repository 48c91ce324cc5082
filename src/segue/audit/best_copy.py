"""Chooses the best file of each group of copies of one recording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segue.audit.sound import Sound
from segue.copies.groups import groups_of

# Copies that are shorter by no more than this are as long: encoders and cutters add or remove as much at the ends, and
# 1 % of speed changes as much. 1 s is also twice the half second to which the sounding length is measured.
_LENGTH_TOLERANCE_S, _LENGTH_TOLERANCE = 1.0, 0.02
_LOSSLESS = frozenset(
    ("flac", "alac", "wavpack", "ape", "tta", "tak", "wmalossless", "shorten", "float", "double")
)


@dataclass(frozen=True, slots=True)
class Quality:
    """What copies of one recording are compared by; the defaults are those of a track that was not analysed.

    ``sounding_s`` is the length without silence before and after. ``bits_per_s`` are compared among lossy copies, and
    among lossless ones, where they are those of the decoded samples.
    """

    faulty: bool = False
    sounding_s: float = 0.0
    lossless: bool = False
    bits_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CopyGroups:
    """Rows grouped by recording: ``best[row]`` is the best copy of the recording of ``row``."""

    best: tuple[int, ...]
    by_best: dict[int, tuple[int, ...]]

    def members(self, row: int) -> tuple[int, ...]:
        """Return all rows of the recording of ``row``, itself included."""
        return self.by_best[self.best[row]]


def quality_of(sound: Sound, n_bytes: int, faulty: bool) -> Quality:
    """Return the quality of a file of ``n_bytes`` with the measurements ``sound``."""
    lossless = is_lossless(sound.codec)
    # The size of a lossless file says nothing: a WAV is no better than the FLAC of the same samples.
    rate = sound.sample_rate_hz * sound.n_channels if lossless else 8.0 * n_bytes / sound.duration_s
    return Quality(faulty, sound.sounding_s, lossless, float(rate))


def is_lossless(codec: str) -> bool:
    """Return whether a codec, named as in AudioInfo, decodes to the samples that were encoded."""
    return codec.startswith("pcm") or codec in _LOSSLESS


def group_copies(qualities: Sequence[Quality], same: Iterable[Sequence[int]]) -> CopyGroups:
    """Return the rows grouped by recording, and the best of each group; each of ``same`` is one recording.

    The best has no fault where any has none; of these it is one as long as the longest, less 1 s or 2 %; of these a
    lossless one; of these the one of the highest bit rate; then the first.
    """
    groups = groups_of(len(qualities), [(rows[0], row) for rows in same for row in rows[1:]])
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    best = {group: _best(rows, qualities) for group, rows in members.items()}
    return CopyGroups(
        tuple(best[group] for group in groups), {best[group]: tuple(rows) for group, rows in members.items()}
    )


def _best(rows: Sequence[int], qualities: Sequence[Quality]) -> int:
    faultless = [row for row in rows if not qualities[row].faulty] or rows
    longest_s = max(qualities[row].sounding_s for row in faultless)
    enough_s = longest_s - max(_LENGTH_TOLERANCE_S, _LENGTH_TOLERANCE * longest_s)
    whole = [row for row in faultless if qualities[row].sounding_s >= enough_s]
    return max(whole, key=lambda row: (qualities[row].lossless, qualities[row].bits_per_s, -row))
