"""A model's passport: what it is, what it learned from, and how good it was measured to be."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from segue.errors import ModelError
from segue.files import sha256_of
from segue.signal.front_end import FrontEnd

# A passport may be a stranger's: what it asks for is bounded, far beyond what models of music need.
MAX_PASSPORT_BYTES = 4_000_000
MAX_MODEL_BYTES = 1_000_000_000
MAX_NAME_CHARACTERS = 100
MAX_CLASSES = 1_000
MAX_DIM = 4_096
MAX_TEMPERATURE = 1_000.0


@dataclass(frozen=True, slots=True)
class TagScale:
    """One tag a model gives, and the probability from which it is worth saying."""

    name: str
    threshold: float


@dataclass(frozen=True, slots=True)
class DoubtScale:
    """How "none of these genres" follows from two measures of a track, by logistic regression.

    The probability is ``1 / (1 + exp(-(bias + entropy * H + familiarity * f)))``: ``H`` is the entropy of the genres in
    nats, ``f`` minus the mean distance to the nearest labelled clips by their tags. From ``threshold`` on a track is unlike
    anything the model learned from.
    """

    bias: float
    entropy: float
    familiarity: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Passport:
    """What running a model needs to know, and ``record``: the whole passport as it was written."""

    name: str
    sha256: str
    front_end: FrontEnd
    classes: tuple[str, ...]
    temperature: float
    embedding_mean: np.ndarray  # float32 (dim,)
    embedding_std: np.ndarray  # float32 (dim,), all above zero
    record: dict[str, Any]
    tags: tuple[TagScale, ...] = ()  # empty for models without them
    doubt: DoubtScale | None = None  # None for models that cannot say "none of these"

    @property
    def model(self) -> str:
        """What analyses are filed under: the name and the file's own hash, so that retrained weights under
        an old name are never mixed with the old ones."""
        return f"{self.name}@{self.sha256[:8]}"

    @property
    def dim(self) -> int:
        """Numbers in one embedding."""
        return len(self.embedding_mean)


def read_passport(path: Path) -> Passport:
    """Return the passport stored as JSON at ``path``.

    Raises ModelError when the file is missing, is not JSON, does not say what running the model needs, or asks for
    numbers out of range (code "model-passport").
    """
    try:
        if path.stat().st_size > MAX_PASSPORT_BYTES:
            raise ValueError(f"it is larger than {MAX_PASSPORT_BYTES:,} bytes")
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"The model has no passport at {path}; keep its .json beside its .onnx.", code="passport-missing"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"The model's passport {path} cannot be read ({error}); copy the model again.",
            code="model-passport",
        ) from error
    try:
        passport = Passport(
            name=_name(record["name"]),
            sha256=_sha256(record["sha256"]),
            front_end=FrontEnd.from_dict(record["front_end"]),
            classes=_classes(record["classes"]),
            temperature=float(record["temperature"]),
            embedding_mean=np.asarray(record["embedding"]["mean"], dtype=np.float32),
            embedding_std=np.asarray(record["embedding"]["std"], dtype=np.float32),
            record=record,
            tags=_tag_scales(record.get("tags", [])),
            doubt=_doubt_scale(record.get("unknown")),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(
            f"The model's passport {path} is incomplete ({reason:.200}); export the model again.",
            code="model-passport",
        ) from error
    mean, std = passport.embedding_mean, passport.embedding_std
    if (
        mean.ndim != 1
        or mean.shape != std.shape
        or not 1 <= len(mean) <= MAX_DIM
        or not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all())
        or not 0 < passport.temperature <= MAX_TEMPERATURE
    ):
        raise ModelError(
            f"The model's passport {path} has an impossible scaling; export the model again.",
            code="model-passport",
        )
    return passport


def _tag_scales(values: object) -> tuple[TagScale, ...]:
    if not isinstance(values, list) or len(values) > MAX_CLASSES:
        raise ValueError(f"the tags are no list of up to {MAX_CLASSES:,}")
    scales = tuple(TagScale(_name(one["name"]), float(one["threshold"])) for one in values)
    if not all(0.0 < scale.threshold <= 1.0 for scale in scales):
        raise ValueError("a tag has a threshold that is no probability above 0")
    return scales


def _doubt_scale(values: dict[str, Any] | None) -> DoubtScale | None:
    if values is None:
        return None
    scale = DoubtScale(**{one.name: float(values[one.name]) for one in fields(DoubtScale)})
    if not all(math.isfinite(getattr(scale, one.name)) for one in fields(DoubtScale)):
        raise ValueError("the scale of unknown music is not finite")
    return scale


def _name(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME_CHARACTERS or not value.isprintable():
        raise ValueError(f"{value!r:.40} is no name of up to {MAX_NAME_CHARACTERS} printable characters")
    return value


def _sha256(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise ValueError(f"{value!r:.40} is no SHA-256")
    return value


def _classes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CLASSES:
        raise ValueError(f"the classes are no list of 1 to {MAX_CLASSES:,} names")
    names = tuple(map(_name, value))
    if len(set(names)) < len(names):
        raise ValueError("two classes have one name")
    return names


def require_sha256(path: Path, expected: str) -> None:
    """Return nothing when the file's SHA-256 is ``expected``; raise ModelError otherwise."""
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise ModelError(
            f"The model file {path} is larger than {MAX_MODEL_BYTES:,} bytes.", code="model-too-large"
        )
    found = sha256_of(path)
    if found != expected:
        raise ModelError(
            f"The model file {path} is not the one its passport describes (SHA-256 {found[:12]}..., expected "
            f"{expected[:12]}...); install segue or copy the model again.",
            code="model-changed",
        )
