"""A model's passport: what it is, what it learned from, and how good it was measured to be."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from segue.errors import ModelError
from segue.signal.front_end import FrontEnd


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

    Raises ModelError when the file is missing, is not JSON, or does not say what running the model needs.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"The model has no passport at {path}; keep its .json beside its .onnx.") from None
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The model's passport {path} cannot be read ({error}); copy the model again."
        ) from error
    try:
        passport = Passport(
            name=str(record["name"]),
            sha256=str(record["sha256"]),
            front_end=FrontEnd.from_dict(record["front_end"]),
            classes=tuple(map(str, record["classes"])),
            temperature=float(record["temperature"]),
            embedding_mean=np.asarray(record["embedding"]["mean"], dtype=np.float32),
            embedding_std=np.asarray(record["embedding"]["std"], dtype=np.float32),
            record=record,
            tags=tuple(TagScale(str(t["name"]), float(t["threshold"])) for t in record.get("tags", ())),
            doubt=_doubt_scale(record.get("unknown")),
        )
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(
            f"The model's passport {path} is incomplete ({reason}); export the model again."
        ) from error
    mean, std = passport.embedding_mean, passport.embedding_std
    if mean.ndim != 1 or mean.shape != std.shape or not (std > 0).all() or not passport.temperature > 0:
        raise ModelError(f"The model's passport {path} has an impossible scaling; export the model again.")
    return passport


def _doubt_scale(values: dict[str, Any] | None) -> DoubtScale | None:
    if values is None:
        return None
    return DoubtScale(**{f.name: float(values[f.name]) for f in fields(DoubtScale)})


def require_sha256(path: Path, expected: str) -> None:
    """Return nothing when the file's SHA-256 is ``expected``; raise ModelError otherwise."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise ModelError(
            f"The model file {path} is not the one its passport describes (SHA-256 {found[:12]}..., expected "
            f"{expected[:12]}...); install segue or copy the model again."
        )
