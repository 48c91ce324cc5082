"""Settings of a training run: frozen, each with its bounds beside it; with the data and the seed they fix the model."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from segue.errors import TrainingError

ARCHITECTURES = ("segue-s", "paper")
DEVICES = ("cpu", "cuda", "mps", "auto")
_TAKEN = ("config", "split")  # a run's own NAME.json, which the passport must not overwrite
_CONFIG = ConfigDict(extra="forbid")


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("it must be odd")
    return value


def _free_name(value: str) -> str:
    if value.lower() in _TAKEN:
        raise ValueError("every run has a file of that name; choose another")
    return value


# Strict: neither "3" nor True is a number; infinity and NaN are in no range.
Count = Annotated[int, Field(strict=True, ge=1)]
CountOrNone = Annotated[int, Field(strict=True, ge=0)]  # 0: none of it
Weight = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
ShareBelowOne = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, config=_CONFIG)
class NetworkConfig:
    """The shape of the network; widths in channels, context and stride in frames (77.6 ms)."""

    context: Annotated[Count, AfterValidator(_odd)] = 97  # 7.5 s; 30 s were no better in cross-validation
    stride: Literal[16] = 16  # the step of the other view
    n_hidden: Count = 256
    trunk_widths: tuple[Count, Count, Count, Count, Count] = (24, 24, 48, 96, 192)
    n_texture: Count = 256
    dropout: ShareBelowOne = 0.5
    feature_dropout: ShareBelowOne = 0.5


@dataclass(frozen=True, slots=True, config=_CONFIG)
class AugmentConfig:
    """How clips are varied. Levels are in units of the input, where 1 is a window's dynamic range.

    Nothing here interpolates between frames: smoothed frames have other statistics than the ones
    the network meets later, and cost twelve points of accuracy on validation.
    """

    crop_frames: Annotated[int, Field(strict=True, ge=65)] = 387
    equaliser: Weight = 0.08  # largest spread of a random tone curve with eight knots
    gain: Weight = 0.08
    band_shift: CountOrNone = 2
    band_mask: CountOrNone = 10
    frame_mask: CountOrNone = 16
    mixup_alpha: Positive = 0.4  # Zhang et al. 2018
    mixup_share: Share = 0.7


@dataclass(frozen=True, slots=True, config=_CONFIG)
class OutlierConfig:
    """Outlier exposure: sounds that are no music; none when ``n_windows`` is 0."""

    n_windows: CountOrNone = 600
    per_batch: CountOrNone = 4
    weight: Weight = 0.5
    # Without espeak-ng there is no speech; "required" refuses to train without.
    speech: Literal["where-there", "required"] = "where-there"


@dataclass(frozen=True, slots=True, config=_CONFIG)
class PaperConfig:
    """The report's network; filters and dense width are inferred from its 14,193,162 parameters, dropouts are ours."""

    shape_length: Count = 128  # side of the square that a chunk's spectrogram is resized to
    filters: Annotated[tuple[Count, ...], Field(min_length=1)] = (16, 32, 64, 256, 512)
    dropouts: tuple[ShareBelowOne, ...] = (0.1, 0.1, 0.1, 0.0, 0.1)  # after each block
    dense: Count = 1200
    dense_dropout: ShareBelowOne = 0.3

    @model_validator(mode="after")
    def _fits(self) -> PaperConfig:
        if len(self.filters) != len(self.dropouts):
            raise ValueError("filters and dropouts must have one value each per block")
        if self.shape_length < 2 ** len(self.filters):
            raise ValueError(
                f"shape_length must be at least {2 ** len(self.filters)}, as each block halves it"
            )
        return self


@dataclass(frozen=True, slots=True, config=_CONFIG)
class TrainConfig:
    """Settings of a training run. Weights are of terms of the loss beside the labels' cross-entropy."""

    # It names files: letters, digits, "_", "-" and ".", beginning with none of the last two.
    name: Annotated[str, Field(pattern=r"^\w[\w.-]*$"), AfterValidator(_free_name)] = "segue-s-v1"
    architecture: Literal["segue-s", "paper"] = "segue-s"
    protocol: str = "auto"  # fault-filtered where the dataset publishes it, else artist-kfold
    fold: CountOrNone = 0  # of artist-kfold
    device: Literal["cpu", "cuda", "mps", "auto"] = "cpu"  # "auto" is the fastest there is
    seed: CountOrNone = 0
    validate_every: Count = 5
    # Validations without a better one before training ends; 0: all epochs, and the last weights.
    patience: CountOrNone = 0
    epochs: Count = 60
    batch_size: Annotated[int, Field(strict=True, ge=2)] = 32
    learning_rate: Positive = 2e-3
    weight_decay: Weight = 5.0  # of the statistics view, whose inputs are many and whose clips are few
    trunk_weight_decay: Weight = 0.05
    ema_decay: ShareBelowOne = 0.997  # the exported weights are a running mean (Polyak and Juditsky 1992)
    label_smoothing: ShareBelowOne = 0.1
    teacher_weight: Weight = 1.0  # regressing the teacher's embedding; 0 trains without a teacher
    teacher_dims: Count = 64  # its leading principal components
    soft_weight: Share = 0.5  # share of the teacher's out-of-fold predictions in the targets
    embedding_dims: Count = 96
    network: NetworkConfig = field(default_factory=NetworkConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    outliers: OutlierConfig = field(default_factory=OutlierConfig)
    paper: PaperConfig = field(default_factory=PaperConfig)

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values that `from_mapping` reads back."""
        return asdict(self)


def from_mapping(values: Mapping[str, Any]) -> TrainConfig:
    """Return a run's configuration; what is not given keeps its default.

    Raises TrainingError for an unknown name (``unknown-setting``), and for a value of another type or out of range
    (``bad-setting``): a setting misspelt must not train something else.
    """
    try:
        return TypeAdapter(TrainConfig).validate_python(dict(values))
    except ValidationError as error:
        raise _in_words(error) from None


def preset_named(name: str) -> TrainConfig:
    """Return the configuration that ships as ``name``, "segue-s" or "paper". Raises TrainingError (``unknown-preset``)."""
    return from_mapping(_preset_values(name))


def read_config(path: Path) -> TrainConfig:
    """Return the configuration in the TOML file at ``path``.

    With ``preset = "paper"`` in it, what it does not say is as in that preset. Raises TrainingError when the file
    cannot be read (``not-readable``, ``not-utf-8``, ``not-toml``), and as `from_mapping` and `preset_named` do.
    """
    try:
        with path.open("rb") as stream:
            values = tomllib.load(stream)
    except OSError as error:
        raise TrainingError(
            f"The training settings {path} cannot be read ({error.strerror}).", code="not-readable"
        ) from error
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"The training settings {path} are not UTF-8 text; save them as UTF-8.", code="not-utf-8"
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TrainingError(
            f"The training settings {path} are not TOML ({error}).", code="not-toml"
        ) from error
    start = _preset_values(str(values.pop("preset"))) if "preset" in values else {}
    return from_mapping(_merged(start, values))


def _preset_values(name: str) -> dict[str, object]:
    if name not in ARCHITECTURES:  # each has a preset of its name
        raise TrainingError(
            f"Unknown preset {name!r}; choose one of {', '.join(ARCHITECTURES)}.", code="unknown-preset"
        )
    return tomllib.loads(
        (files("segue.research.training") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    )


def _merged(start: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, object]:
    merged = dict(start)
    for name, value in values.items():
        below = merged.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(below, value) if both else value
    return merged


def _in_words(error: ValidationError) -> TrainingError:
    """Return the first of pydantic's findings as one sentence that names the setting, its value and a good one."""
    found = error.errors(include_url=False)[0]
    place = [part for part in found["loc"] if isinstance(part, str)]
    name = ".".join(place)
    if found["type"] == "unexpected_keyword_argument":
        known = ", ".join(asdict(_default(place[:-1])))
        return TrainingError(f"Unknown training setting {name}; choose from {known}.", code="unknown-setting")
    what = found["msg"].removeprefix("Value error, ").replace("Input", "it").replace("String", "it")
    what = what.replace("Field required", "it has too few values")
    if found["type"] == "value_error" and name in ("", "paper"):
        return TrainingError(f"The settings of {name or 'training'} do not fit: {what}.", code="bad-setting")
    default = _default(place)
    such_as = "" if hasattr(default, "__dataclass_fields__") else f", such as {_plain(default)!r}"
    return TrainingError(
        f"The setting {name} is {_plain(found['input'])!r}; {what}{such_as}.", code="bad-setting"
    )


def _default(place: list[str]) -> Any:
    value: Any = TrainConfig()
    for name in place:
        value = getattr(value, name)
    return value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
