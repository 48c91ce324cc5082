"""The models by name, and the one way to fit any of them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.linalg  # noqa: F401  BLAS libraries must be loaded before their threads are limited
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue.errors import SegueError
from segue.recommend.models import baselines, content, ease, hybrid, itemknn
from segue.recommend.models.contract import Kind, Scorer, Scores, Setting, Settings, Training
from segue.types import ItemContent

_FILES = (baselines, itemknn, ease, content, hybrid)
MODELS: Mapping[str, Kind] = {kind.name: kind for file in _FILES for kind in file.KINDS}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model; see segue.recommend.models.contract.Model. ``scorable`` is bool ``(n_items,)``."""

    name: str
    scores: Scores
    scorable: np.ndarray
    scorer: Scorer
    chosen_settings: Mapping[str, Setting]

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        """float32 ``(n_users, n_items)``, ``-inf`` where it cannot score.

        Raises ValueError when histories are of another number of items than the model was fitted on.
        """
        if histories.shape[1] != len(self.scorable):
            raise ValueError(f"histories of {histories.shape[1]} items, the model knows {len(self.scorable)}")
        with threadpool_limits(1):  # more threads add up in another order: other last digits
            scores = np.asarray(self.scorer.score(histories), np.float32)
        scores[:, ~self.scorable] = -np.inf
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        return {"scorable": self.scorable, **{f"scorer.{k}": v for k, v in self.scorer.arrays().items()}}

    def settings(self) -> dict[str, Setting]:
        return dict(self.chosen_settings)


def fit(
    model: str | Kind,
    train: sparse.csr_matrix,
    content: ItemContent | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    known_items: np.ndarray | None = None,
    memory_bytes: int | None = None,
    kept: dict[Hashable, np.ndarray] | None = None,
) -> Fitted:
    """The model of that name or kind fitted to ``train``, float32 CSR ``(n_users, n_items)`` of positive counts.

    ``settings`` replace defaults one by one; ``known_items`` is bool ``(n_items,)``, by default the
    items somebody chose. ``kept`` is one dictionary for several fits that differ in settings alone, which then
    share what does not depend on them. The same arguments give the same arrays, on any number of cores.
    Raises SegueError for a name or setting there is none of, for pairs that are empty, negative
    or not finite, for content that is missing or of other items, and for what a model itself
    refuses; MissingExtra where an optional dependency is missing.
    """
    kind = kind_named(model) if isinstance(model, str) else model
    name = kind.name
    unknown = sorted(set(settings or {}) - set(kind.defaults))
    if unknown:
        raise SegueError(
            f"{name} has no setting {unknown[0]!r}; it has {', '.join(kind.defaults) or 'none'}.",
            code="unknown-setting",
        )
    train = _checked(train)
    known = train.getnnz(axis=0) > 0 if known_items is None else np.asarray(known_items, bool)
    if known.shape != (train.shape[1],) or (train.getnnz(axis=0)[~known] > 0).any():
        raise ValueError("known_items must tell of every item, and hold all that the pairs hold")
    _check_content(kind, content, train.shape[1])
    chosen = {**kind.defaults, **(settings or {})}
    memory_bytes = free_bytes() if memory_bytes is None else memory_bytes
    data = Training(train, content, known, seed, memory_bytes, {} if kept is None else kept)
    with threadpool_limits(1):
        scorer = kind.fit(data, chosen)
    scorable = {"warm": known, "cold": ~known, "all": np.ones_like(known)}[kind.scores]
    return Fitted(name, kind.scores, scorable, scorer, chosen)


def kind_named(name: str, models: Mapping[str, Kind] = MODELS) -> Kind:
    """Return the kind of that name. Raises SegueError (code ``unknown-model``), which lists what there is."""
    if name not in models:
        raise SegueError(f"Unknown model {name!r}; there are {', '.join(models)}.", code="unknown-model")
    return models[name]


def _checked(train: sparse.csr_matrix) -> sparse.csr_matrix:
    train = sparse.csr_matrix(train, dtype=np.float32)
    train.sum_duplicates()
    train.sort_indices()
    if not train.nnz:
        raise SegueError("There are no interactions to learn from.", code="no-interactions")
    if not (np.isfinite(train.data) & (train.data > 0)).all():
        raise SegueError(
            "Counts must be positive and finite: leave out what was not chosen.", code="counts-not-positive"
        )
    return train


def _check_content(kind: Kind, content: ItemContent | None, n_items: int) -> None:
    if not kind.needs:
        return
    if content is None:
        raise SegueError(
            f"{kind.name} needs {' and '.join(sorted(kind.needs))} of every item; this set has none.",
            code="content-missing",
        )
    for part in sorted(kind.needs):
        value = getattr(content, part)
        if value is None:
            raise SegueError(
                f"{kind.name} needs {part} of every item; this set has none.", code="content-missing"
            )
        if len(value) != n_items:
            raise SegueError(
                f"Content tells of {len(value):,} items and the pairs of {n_items:,}: they must be the same.",
                code="content-of-other-items",
            )
        if part != "artists" and not np.isfinite(value).all():
            raise SegueError(
                f"The {part} of some items is not finite: fill in or leave out what is not known.",
                code="content-not-finite",
            )


def free_bytes() -> int:
    """What could still be had without swapping: the system's own estimate, and no more than a container's limit leaves."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        try:
            free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        except (AttributeError, ValueError, OSError):  # Windows: nothing to ask without another package
            free = 4 * 2**30
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))
