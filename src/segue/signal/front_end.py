"""How segue listens: one versioned value that says how samples become a network's input.

A model stores the front end it was trained with and every stored embedding names it, so that
numbers heard through different front ends are never compared.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from segue.errors import FrontEndMismatch, ModelError

_CODE = "model-passport"
_LONGEST_WINDOW_S = 120
# What a front end may ask for: the types, the least and the most. Wider than any model of music uses.
RANGES: dict[str, tuple[tuple[type, ...], float, float]] = {
    "sample_rate_hz": ((int,), 8_000, 192_000),
    "n_fft": ((int,), 64, 32_768),
    "hop": ((int,), 16, 32_768),
    "n_mels": ((int,), 8, 512),
    "f_min_hz": ((int, float), 0.0, 96_000.0),
    "f_max_hz": ((int, float), 1.0, 96_000.0),
    "power_floor": ((int, float), 1e-30, 1.0),
    "top_db": ((int, float), 1.0, 300.0),
    "window_frames": ((int,), 8, 100_000),
    "window_picks": ((int,), 1, 10_000),
}


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

        Raises ModelError (code "model-passport") when a field is missing or unknown, for a front end half understood
        would give wrong numbers silently, and when a value is out of range (`RANGES`), for the values may be a
        stranger's and say how much memory and time a track takes.
        """
        if not isinstance(values, dict):
            raise ModelError(
                "The model's front end is no set of named values; export the model again.", code=_CODE
            )
        names = {f.name for f in fields(cls)}
        said: dict[str, Any] = {"zero_at": "minimum"}  # passports of the first version do not say
        values = said | values
        if set(values) != names:
            odd = ", ".join(sorted(set(values) ^ names))
            raise ModelError(
                f"The model describes its front end with missing or unknown fields ({odd}); "
                "use a model made for this version of segue.",
                code=_CODE,
            )
        for name, (kinds, least, most) in RANGES.items():
            value = values[name]
            if type(value) not in kinds or not least <= value <= most:
                raise ModelError(
                    f"The model's front end has a {name} of {value!r:.40}, which is not between {least:g} and {most:g}; "
                    "export the model again.",
                    code=_CODE,
                )
        for name, known in (
            ("mel_scale", ("slaney",)),
            ("window", ("hann",)),
            ("zero_at", ("minimum", "floor")),
        ):
            if values[name] not in known:
                raise ModelError(
                    f"The model's front end has a {name} of {values[name]!r:.40} and this segue knows only "
                    f"{' and '.join(known)}; "
                    "use a model made for this version of segue.",
                    code=_CODE,
                )
        name = values["name"]
        if not isinstance(name, str) or not 1 <= len(name) <= 100 or not name.isprintable():
            raise ModelError("The model's front end has no name of up to 100 characters.", code=_CODE)
        found = cls(**values)
        if (
            found.hop > found.n_fft
            or not found.f_min_hz < found.f_max_hz <= found.sample_rate_hz / 2
            or found.window_picks > found.window_frames
            or found.window_frames * found.hop > _LONGEST_WINDOW_S * found.sample_rate_hz
        ):
            raise ModelError(
                "The model's front end has values that do not go together; export the model again.",
                code=_CODE,
            )
        return found

    def require_same(self, other: FrontEnd) -> None:
        """Return nothing when both are the same; raise FrontEndMismatch naming both otherwise."""
        if self != other:
            raise FrontEndMismatch(
                f"Values heard through front end {self.name!r} cannot be mixed with values heard "
                f"through {other.name!r}; analyse again with one of them.",
                code="front-end-mismatch",
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
