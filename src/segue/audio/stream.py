"""A file being decoded: blocks of float32 samples, one after another, never the whole file.

Samples are ``(n_frames, n_channels)`` float32 with full scale at 1.0; a *frame* is one sample
of every channel. Messages leave the path out: whoever shows one knows which file it asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

from segue.errors import AudioError

if TYPE_CHECKING:
    import numpy as np

# Of 4,096 to 262,144 frames, this decodes fastest in every format measured: a block of stereo
# float32 still fits a core's cache, and calls into the decoder no longer count.
BLOCK_FRAMES = 65_536

# Integers written as they are into a float file reach 2e9. Beyond this, samples are no sound, and their powers soon
# no float32.
_MOST_AMPLITUDE = 1e10

# Encoder delay, padding and rounding make honest files differ from their header by less.
MISSING_AUDIO_TOLERANCE_S = 0.5


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file's header says about its audio.

    ``n_frames_declared`` is the length the header claims, None where no header does or where
    the number at hand is only an estimate. It may be a lie: never allocate by it. What a container claims at its
    end and the audio does not keep is known once the stream has ended.
    """

    container: str
    codec: str
    sample_rate_hz: int
    n_channels: int
    n_frames_declared: int | None


class AudioStream(Protocol):
    """Audio being decoded; read once, from the front, and closed when done."""

    @property
    def info(self) -> AudioInfo: ...

    @property
    def damage(self) -> str | None:
        """One sentence on what was lost, known once blocks() has ended; None for a sound file."""

    def blocks(self) -> Iterator[np.ndarray]:
        """Blocks of at most BLOCK_FRAMES frames in order; asked again, it goes on where it stopped.

        Raises AudioError(stage "decode") where nothing decodes or samples are not finite.
        """

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...


class Source(Protocol):
    """What a decoder provides; DecodedStream makes an AudioStream of it."""

    @property
    def info(self) -> AudioInfo: ...

    @property
    def known_damage(self) -> str | None:
        """What the decoder had to leave out although it could go on, as one sentence."""

    def read(self) -> np.ndarray:
        """The next block, empty at the end; AudioError(stage "decode") where it cannot go on.

        Audio decoded before an error is returned first, the error raised by the next call.
        """

    def close(self) -> None: ...


class DecodedStream:
    """An AudioStream over any decoder's Source: tells damage, bad samples and missing audio.

    ``known_damage`` is what the container shows before decoding, told where the decoder tells nothing.
    ``n_frames_claimed`` is a length the container claims to have at least, whatever the decoder makes of it.
    """

    def __init__(
        self, source: Source, known_damage: str | None = None, n_frames_claimed: int | None = None
    ) -> None:
        self._source = source
        self._known_damage = known_damage
        self._n_frames_claimed = n_frames_claimed
        self._n_frames = 0
        self._ended = False
        self.info = source.info
        self.damage: str | None = None

    def blocks(self) -> Iterator[np.ndarray]:
        while not self._ended:
            block = self._read()
            if len(block):
                self._refuse_no_sound(block)
                yield block

    def close(self) -> None:
        self._ended = True
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _read(self) -> np.ndarray:
        import numpy as np

        try:
            block = self._source.read()
        except AudioError as error:
            self._ended = True
            if not self._n_frames:
                raise AudioError(f"Nothing of the file can be decoded: {error}", "decode") from error
            self.damage = f"Decoding stopped at {self._position()}: {error}"
            return np.empty((0, self.info.n_channels), np.float32)
        self._n_frames += len(block)
        if not len(block):
            self._ended = True
            if not self._n_frames:
                raise AudioError("The file holds no audio: not one sample could be decoded.", "decode")
            claimed = replace(self.info, n_frames_declared=self._n_frames_claimed)
            if lacks_audio(claimed, self._n_frames) and not lacks_audio(self.info, self._n_frames):
                self.info = claimed
            self.damage = self._describe_damage()
        return block

    def _refuse_no_sound(self, block: np.ndarray) -> None:
        import numpy as np

        # Small only where all samples are finite and none is enormous; what is large is looked at.
        if np.vdot(block, block) < _MOST_AMPLITUDE**2:
            return
        if np.isfinite(block).all():
            if (most := float(np.abs(block).max())) > _MOST_AMPLITUDE:
                raise AudioError(
                    f"Samples reach {most:.0e} times full scale, which is no sound: the file needs to be made anew.",
                    "decode",
                )
            return
        n_bad = block.size - int(np.isfinite(block).sum())
        n_samples = self._n_frames * self.info.n_channels
        while len(block := self._read()):
            n_bad += block.size - int(np.isfinite(block).sum())
            n_samples += block.size
        raise AudioError(
            f"{n_bad:,} of {n_samples:,} samples are not finite numbers: the file needs to be made anew.",
            "decode",
        )

    def _describe_damage(self) -> str | None:
        known = self._source.known_damage or self._known_damage
        declared = self.info.n_frames_declared
        if declared is None or not lacks_audio(self.info, self._n_frames):
            return known
        declared_s = declared / self.info.sample_rate_hz
        missing = f"the audio ends at {self._position()}, but the header declares {declared_s:,.1f} s."
        return f"{known.rstrip('.')}; {missing}" if known else missing.capitalize()

    def _position(self) -> str:
        return f"{self._n_frames / self.info.sample_rate_hz:,.1f} s"


def lacks_audio(info: AudioInfo, n_frames_decoded: int) -> bool:
    """True when clearly less was decoded than the header declares (by more than half a second)."""
    if info.n_frames_declared is None:
        return False
    missing_s = (info.n_frames_declared - n_frames_decoded) / info.sample_rate_hz
    return missing_s > MISSING_AUDIO_TOLERANCE_S
