"""Which of the copies of one recording stays, decided once over all that was found to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segue.audit.sound import Sound
from segue.research.datasets.names import groups_of

# So much less is no shorter: what coders and cutters add or lose at the ends, and playing it 1 % faster. 1 s is also
# twice the half second to which the sounding length is told.
_SHORTER_S, _SHORTER_SHARE = 1.0, 0.02
_LOSSLESS = frozenset(
    ("flac", "alac", "wavpack", "ape", "tta", "tak", "wmalossless", "shorten", "float", "double")
)


@dataclass(frozen=True, slots=True)
class Worth:
    """What speaks for one copy against another; by default that of a track that was not heard.

    ``sounding_s`` is its length without silence before and after. ``bits_per_s`` are compared among lossy copies, and
    among lossless ones, where they are what the samples hold and not what the packing takes.
    """

    faulty: bool = False
    sounding_s: float = 0.0
    lossless: bool = False
    bits_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Recordings:
    """Rows that are one recording: ``keeper[row]`` is the one that stays of the recording that ``row`` is of."""

    keeper: tuple[int, ...]
    by_keeper: dict[int, tuple[int, ...]]

    def members(self, row: int) -> tuple[int, ...]:
        """Return all rows of the recording that ``row`` is of, it among them."""
        return self.by_keeper[self.keeper[row]]


def worth_of(sound: Sound, n_bytes: int, faulty: bool) -> Worth:
    """Return what speaks for a file of ``n_bytes`` in which ``sound`` was heard."""
    lossless = is_lossless(sound.codec)
    # A WAV is no better than the FLAC of the same samples: of lossless files their size says nothing.
    rate = sound.sample_rate_hz * sound.n_channels if lossless else 8.0 * n_bytes / sound.duration_s
    return Worth(faulty, sound.sounding_s, lossless, float(rate))


def is_lossless(codec: str) -> bool:
    """Return whether a codec, named as in AudioInfo, gives back the samples it got."""
    return codec.startswith("pcm") or codec in _LOSSLESS


def recordings(worths: Sequence[Worth], same: Iterable[Sequence[int]]) -> Recordings:
    """Return which rows are one recording and which of each stays, where every group of ``same`` is one recording.

    What stays is not faulty where any is not; of these one that sounds as long as the longest, less 1 s or 2 %; of
    these a lossless one; then the one of most bits a second; then the first.
    """
    groups = groups_of(len(worths), [(rows[0], row) for rows in same for row in rows[1:]])
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    kept = {group: _best(rows, worths) for group, rows in members.items()}
    return Recordings(
        tuple(kept[group] for group in groups), {kept[group]: tuple(rows) for group, rows in members.items()}
    )


def _best(rows: Sequence[int], worths: Sequence[Worth]) -> int:
    sound = [row for row in rows if not worths[row].faulty] or rows
    longest_s = max(worths[row].sounding_s for row in sound)
    enough_s = longest_s - max(_SHORTER_S, _SHORTER_SHARE * longest_s)
    whole = [row for row in sound if worths[row].sounding_s >= enough_s]
    return max(whole, key=lambda row: (worths[row].lossless, worths[row].bits_per_s, -row))
