"""How segue listens: one versioned value that says how samples become a network's input.

A model stores the front end it was trained with and every stored embedding names it, so that
numbers heard through different front ends are never compared.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from segue.errors import FrontEndMismatch, ModelError


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """A mel spectrogram in decibels, scaled window by window, thinned to a lower frame rate.

    A window of ``window_frames`` STFT frames becomes ``window_picks`` columns: decibels relative
    to the window's maximum, floored at ``-top_db``, scaled to 0..1 from the window's own minimum or
    from the floor (``zero_at``), one frame kept in every ``window_frames / (window_picks + 0.5)``. Absolute level is lost
    on purpose: the same music mastered louder looks the same.
    """

    name: str
    sample_rate_hz: int
    n_fft: int
    hop: int
    n_mels: int
    f_min_hz: float
    f_max_hz: float
    mel_scale: str  # "slaney": Slaney's Auditory Toolbox (1998), area-normalised triangles
    window: str  # "hann", periodic, frames centred on their time, zeros beyond the ends
    power_floor: float  # smallest power told apart from nothing
    top_db: float
    window_frames: int
    window_picks: int
    # What becomes 0: "minimum", the window's own, or "floor", always -top_db. The minimum moves with silence, a
    # codec or a filter; the floor does not.
    zero_at: str = "minimum"

    @property
    def frame_rate_hz(self) -> float:
        """STFT frames in a second."""
        return self.sample_rate_hz / self.hop

    @property
    def frames_per_pick(self) -> float:
        """STFT frames from one kept frame to the next."""
        return self.window_frames / (self.window_picks + 0.5)

    @property
    def pick_s(self) -> float:
        """Seconds from one kept frame to the next."""
        return self.frames_per_pick * self.hop / self.sample_rate_hz

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FrontEnd:
        """Return the front end that `to_dict` described.

        Raises ModelError when a field is missing or unknown: a front end half understood
        would give wrong numbers silently.
        """
        names = {f.name for f in fields(cls)}
        values = {"zero_at": "minimum"} | values  # passports of the first version do not say
        if set(values) != names:
            odd = ", ".join(sorted(set(values) ^ names))
            raise ModelError(
                f"The model describes its front end with missing or unknown fields ({odd}); "
                "use a model made for this version of segue."
            )
        return cls(**values)

    def require_same(self, other: FrontEnd) -> None:
        """Return nothing when both are the same; raise FrontEndMismatch naming both otherwise."""
        if self != other:
            raise FrontEndMismatch(
                f"Values heard through front end {self.name!r} cannot be mixed with values heard "
                f"through {other.name!r}; analyse again with one of them."
            )


# 128 bands at 12.9 frames a second: the form of the training archive, where 387 columns stand for
# the 1,293 frames of a 30 s clip. Other values are librosa's defaults (McFee et al. 2015).
MEL128_V1 = FrontEnd(
    name="mel128-v1",
    sample_rate_hz=22_050,
    n_fft=2048,
    hop=512,
    n_mels=128,
    f_min_hz=0.0,
    f_max_hz=11_025.0,
    mel_scale="slaney",
    window="hann",
    power_floor=1e-10,
    top_db=80.0,
    window_frames=1293,
    window_picks=387,
)

# The same, scaled from the floor: what segue-s-v2 hears. Windows that reach 80 dB down are the same in both.
MEL128_V2 = replace(MEL128_V1, name="mel128-v2", zero_at="floor")
