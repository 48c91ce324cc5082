"""One frozen value that says everything about a training run; with the data and the seed it fixes the model."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from segue.errors import TrainingError

ARCHITECTURES = ("segue-s", "paper")
DEVICES = ("cpu", "cuda", "mps", "auto")
_TAKEN = ("config", "split")  # a run's own NAME.json, which the passport must not overwrite

_LEAST = {
    "epochs": 1,
    "batch_size": 2,
    "seed": 0,
    "teacher_dims": 1,
    "embedding_dims": 1,
    "validate_every": 1,
    "patience": 0,
    "fold": 0,
    "network.n_hidden": 1,
    "network.trunk_widths": 1,
    "network.n_texture": 1,
    "augment.crop_frames": 65,
    "augment.band_shift": 0,
    "augment.band_mask": 0,
    "augment.frame_mask": 0,
    "outliers.n_windows": 0,
    "outliers.per_batch": 0,
    "paper.filters": 1,
    "paper.dense": 1,
}
_ABOVE_ZERO = ("learning_rate", "augment.mixup_alpha")
_SHARES = ("soft_weight", "augment.mixup_share")
_SHARES_BELOW_ONE = (
    "ema_decay",
    "label_smoothing",
    "network.dropout",
    "network.feature_dropout",
    "paper.dropouts",
    "paper.dense_dropout",
)


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The shape of the network; widths in channels, context and stride in frames (77.6 ms)."""

    context: int = 97  # statistics look 7.5 s around a step; 30 s were no better in cross-validation
    stride: int = 16
    n_hidden: int = 256
    trunk_widths: tuple[int, ...] = (24, 24, 48, 96, 192)
    n_texture: int = 256
    dropout: float = 0.5
    feature_dropout: float = 0.5


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How clips are varied. Levels are in units of the input, where 1 is a window's dynamic range.

    Nothing here interpolates between frames: smoothed frames have other statistics than the ones
    the network meets later, and cost twelve points of accuracy on validation.
    """

    crop_frames: int = 387
    equaliser: float = 0.08  # spread of a random tone curve with eight knots, up to
    gain: float = 0.08
    band_shift: int = 2
    band_mask: int = 10
    frame_mask: int = 16
    mixup_alpha: float = 0.4  # Zhang et al. 2018
    mixup_share: float = 0.7


@dataclass(frozen=True, slots=True)
class OutlierConfig:
    """Outlier exposure: sounds that are no music; none when ``n_windows`` is 0."""

    n_windows: int = 600
    per_batch: int = 4
    weight: float = 0.5
    speech: str = "where-there"  # without espeak-ng there is none of it; "required" refuses to train without


@dataclass(frozen=True, slots=True)
class PaperConfig:
    """The report's network; filters and dense width are inferred from its 14,193,162 parameters, dropouts are ours."""

    shape_length: int = 128  # side of the square that a chunk's spectrogram is resized to
    filters: tuple[int, ...] = (16, 32, 64, 256, 512)
    dropouts: tuple[float, ...] = (0.1, 0.1, 0.1, 0.0, 0.1)  # after each block
    dense: int = 1200
    dense_dropout: float = 0.3


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A training run. Weights are of terms of the loss beside the labels' cross-entropy."""

    name: str = "segue-s-v1"
    architecture: str = "segue-s"
    protocol: str = "auto"  # fault-filtered where the dataset publishes it, else artist-kfold
    fold: int = 0  # of artist-kfold
    device: str = "cpu"  # or "cuda", "mps", or "auto" for the fastest there is
    seed: int = 0
    validate_every: int = 5
    patience: int = (
        0  # validations without a better one before training ends; 0: all epochs, and the last weights
    )
    epochs: int = 60
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 5.0  # of the statistics view, whose inputs are many and whose clips are few
    trunk_weight_decay: float = 0.05
    ema_decay: float = 0.997  # the exported weights are a running mean (Polyak and Juditsky 1992)
    label_smoothing: float = 0.1
    teacher_weight: float = 1.0  # regressing the teacher's embedding; 0 trains without a teacher
    teacher_dims: int = 64  # its leading principal components
    soft_weight: float = 0.5  # share of the teacher's out-of-fold guesses in the targets
    embedding_dims: int = 96
    network: NetworkConfig = field(default_factory=NetworkConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    outliers: OutlierConfig = field(default_factory=OutlierConfig)
    paper: PaperConfig = field(default_factory=PaperConfig)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values that `from_mapping` reads back."""
        return asdict(self)


def from_mapping(values: Mapping[str, Any]) -> TrainConfig:
    """Return a run's configuration; what is not given keeps its default.

    Raises TrainingError for an unknown name, a value of another type, or one out of range: a
    setting misspelt must not train something else.
    """
    config = _filled(TrainConfig, values, "")
    _require_possible_numbers(config)
    _require_fitting_shapes(config)
    if not re.fullmatch(r"\w[\w.-]*", config.name):
        raise TrainingError(
            f"The setting name is {config.name!r}; it names files, so it must be letters, digits, "
            "'_', '-' and '.', and begin with none of the last two."
        )
    if config.name.lower() in _TAKEN:
        raise TrainingError(f"The setting name is {config.name!r}, a file of every run; choose another name.")
    for name, chosen, known in (
        ("architecture", config.architecture, ARCHITECTURES),
        ("device", config.device, DEVICES),
        ("outliers.speech", config.outliers.speech, ("where-there", "required")),
    ):
        if chosen not in known:
            raise TrainingError(f"The setting {name} is {chosen!r}; choose one of {', '.join(known)}.")
    return config


def _require_possible_numbers(config: TrainConfig) -> None:
    such_as = dict(_numbers(TrainConfig()))
    for name, value in _numbers(config):
        several = isinstance(value, list)
        for number in value if several else [value]:
            wanted = _wanted(name, number)
            if wanted is not None:
                each = "each of them" if several else "it"
                raise TrainingError(
                    f"The setting {name} is {value}; {each} must be {wanted}, such as {such_as[name]}."
                )


def _numbers(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting that is a number, or a list of them, with its full name."""
    for name, value in ((f.name, getattr(config, f.name)) for f in fields(config)):
        if is_dataclass(value):
            yield from _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, tuple):
            yield prefix + name, list(value)
        elif not isinstance(value, str):
            yield prefix + name, value


def _wanted(name: str, value: float) -> str | None:
    """What a number must be where it is not; None where it will do. No comparison holds for nan."""
    if name in _ABOVE_ZERO:
        return None if 0.0 < value < math.inf else "a number above 0"
    if name in _SHARES:
        return None if 0.0 <= value <= 1.0 else "a share between 0 and 1"
    if name in _SHARES_BELOW_ONE:
        return None if 0.0 <= value < 1.0 else "a share between 0 and 1, and below 1"
    if isinstance(value, float):
        return None if 0.0 <= value < math.inf else "a number of at least 0"
    least = _LEAST.get(name, value)
    return None if value >= least else f"at least {least}"


def _require_fitting_shapes(config: TrainConfig) -> None:
    network, paper = config.network, config.paper
    default = NetworkConfig()
    if network.stride != default.stride:
        raise TrainingError(
            f"The setting network.stride is {network.stride}; it must be {default.stride}, the step of the other view."
        )
    if network.context < 1 or network.context % 2 == 0:
        raise TrainingError(
            f"The setting network.context is {network.context}; it must be odd and at least 1, such as {default.context}."
        )
    if len(network.trunk_widths) != len(default.trunk_widths):
        raise TrainingError(
            f"The setting network.trunk_widths is {list(network.trunk_widths)}; "
            f"it must have {len(default.trunk_widths)} values, such as {list(default.trunk_widths)}."
        )
    if not paper.filters or len(paper.filters) != len(paper.dropouts):
        raise TrainingError(
            f"The settings paper.filters and paper.dropouts are {list(paper.filters)} and {list(paper.dropouts)}; "
            "they must have one value each per block, and at least one block."
        )
    side = 2 ** len(paper.filters)
    if paper.shape_length < side:
        raise TrainingError(
            f"The setting paper.shape_length is {paper.shape_length}; it must be at least {side}, halved by each block."
        )


def preset_named(name: str) -> TrainConfig:
    """Return the configuration that ships as ``name``; raises TrainingError for another name than "segue-s" or "paper"."""
    return from_mapping(_preset_values(name))


def read_config(path: Path) -> TrainConfig:
    """Return the configuration in the TOML file at ``path``.

    With ``preset = "paper"`` in it, what it does not say is as in that preset. Raises TrainingError when it cannot
    be understood.
    """
    try:
        with path.open("rb") as stream:
            values = tomllib.load(stream)
        start = _preset_values(str(values.pop("preset"))) if "preset" in values else {}
        return from_mapping(_merged(start, values))
    except OSError as error:
        raise TrainingError(f"The training settings {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"The training settings {path} are not UTF-8 text; save them as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"The training settings {path} are not TOML ({error}).") from error


def _preset_values(name: str) -> dict[str, Any]:
    if name not in ARCHITECTURES:  # each has a preset of its name
        raise TrainingError(f"There is no preset {name!r}; choose one of {', '.join(ARCHITECTURES)}.")
    return tomllib.loads(
        (files("segue.research.training") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    )


def _merged(start: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(start)
    for name, value in values.items():
        below = merged.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(below, value) if both else value
    return merged


def _filled(kind: type, values: Mapping[str, Any], prefix: str) -> Any:
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise TrainingError(
            f"There is no training setting {prefix}{unknown[0]}; choose from {', '.join(known)}."
        )
    default = kind()
    return kind(
        **{name: _typed(getattr(default, name), value, prefix + name) for name, value in values.items()}
    )


def _typed(default: Any, value: Any, name: str) -> Any:
    if is_dataclass(default) and isinstance(value, Mapping):
        return _filled(type(default), value, f"{name}.")
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        kind = type(default[0])
        if all(type(v) is kind or (kind is float and type(v) is int) for v in value):
            return tuple(kind(v) for v in value)
    if isinstance(default, float) and type(value) in (int, float):
        return float(value)
    if type(value) is type(default):
        return value
    raise TrainingError(
        f"The setting {name} is {value!r}; it must be a {type(default).__name__} such as {default!r}."
    )
