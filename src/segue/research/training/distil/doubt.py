"""When music is none of the genres: leave every class out in turn and learn what such music looks like.

A head that never saw one class hears validation clips of all; how sure it is and how familiar they are tells
the class left out from the others. One logistic regression on all ten rounds becomes the model's own scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from segue.research.training.distil.head import HeadConfig, head_logits, teach_head
from segue.research.training.distil.network import DistilNet
from segue.research.training.distil.tag_space import tag_logits_of, tag_space
from segue.research.training.score import clip_probabilities, fit_temperature


@dataclass(frozen=True, slots=True)
class Round:
    """One class left out: for every validation clip whether it is of that class, its entropy, largest probability and familiarity."""

    left_out: int
    outside: np.ndarray
    entropy: np.ndarray
    highest: np.ndarray
    familiarity: np.ndarray


@dataclass(frozen=True, slots=True)
class Clips:
    """Labelled clips by their views: ``degraded`` ``(copies, n, n_views, n_steps)``, ``clean`` ``(n, ...)``."""

    degraded: Tensor
    clean: Tensor
    labels: np.ndarray


def left_out(
    network: DistilNet,
    train: Clips,
    valid: Clips,
    targets: np.ndarray,
    others: Tensor,
    other_targets: np.ndarray,
    head: HeadConfig,
    which: int,
) -> Round:
    """Return what a head taught without class ``which`` makes of the validation clips.

    ``targets`` ``(n_kept, n_classes - 1)`` are those of the clips kept, made without that class's clips.
    """
    n_classes = other_targets.shape[1]
    kept = np.flatnonzero(train.labels != which)
    known = [c for c in range(n_classes) if c != which]
    even = other_targets[:, known] + other_targets[:, [which]] / len(known)
    taught = teach_head(network, train.degraded[:, kept], targets, others, even, head)
    inside = valid.labels != which
    labels = np.array([known.index(c) for c in valid.labels[inside]])
    logits = head_logits(taught, valid.clean)
    temperature = fit_temperature([x for x, keep in zip(logits, inside, strict=True) if keep], labels)
    probabilities = clip_probabilities(logits, temperature)
    space = tag_space(tag_logits_of(network, train.clean[kept]))
    return Round(
        left_out=which,
        outside=~inside,
        entropy=-(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1),
        highest=probabilities.max(axis=1),
        familiarity=space.familiarity(tag_logits_of(network, valid.clean)),
    )


def doubt_scale(rounds: list[Round], *, shift: float, threshold: float) -> dict[str, float]:
    """Return the fields of `segue.model.passport.DoubtScale` by logistic regression over all rounds.

    A tenth of the clips are outside in these rounds; ``shift`` adds to the log-odds for collections that hold more.
    """
    from sklearn.linear_model import LogisticRegression

    rows = np.concatenate([np.stack((r.entropy, r.familiarity), axis=1) for r in rounds])
    outside = np.concatenate([r.outside for r in rounds])
    fitted = LogisticRegression(C=10.0).fit(rows, outside)
    entropy, familiarity = fitted.coef_[0]
    return {
        "bias": float(fitted.intercept_[0]) + shift,
        "entropy": float(entropy),
        "familiarity": float(familiarity),
        "threshold": threshold,
    }
