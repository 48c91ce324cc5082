"""When music is none of the genres: leave every class out in turn and learn what such music looks like.

A head that never saw one class hears validation clips of all; how sure it is and how familiar they are tells
the class left out from the others. One logistic regression on all ten rounds becomes the model's own scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from segue.research.training.distil.describe import EmbeddingConfig
from segue.research.training.distil.head import HeadConfig, head_logits, teach_head
from segue.research.training.distil.network import DistilNet
from segue.research.training.distil.whiten import fit_whitening
from segue.research.training.score import clip_probabilities, fit_temperature

_NEIGHBOURS = 5


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


@torch.no_grad()
def places(network: DistilNet, views: Tensor) -> np.ndarray:
    """Return the learned measures ``(n, n_views + n_joint)`` that familiarity is measured on."""
    rows = []
    for part in views.split(64):
        seen = part.float()
        rows.append(torch.cat((seen.mean(dim=2), network.joint(seen).mean(dim=2)), dim=1))
    return torch.cat(rows).numpy()


def left_out(
    network: DistilNet,
    train: Clips,
    valid: Clips,
    targets: np.ndarray,
    others: Tensor,
    other_targets: np.ndarray,
    head: HeadConfig,
    embedding: EmbeddingConfig,
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
    clean = places(network, train.clean[kept])
    worse = [places(network, train.degraded[k, kept]) for k in range(min(4, len(train.degraded)))]
    whitening = fit_whitening(
        np.concatenate((clean, *worse)),
        np.tile(np.arange(len(kept)), 1 + len(worse)),
        embedding.familiar_dims,
        shrinkage=embedding.familiar_shrinkage,
    )
    cosine = whitening(places(network, valid.clean)) @ whitening(clean).T
    return Round(
        left_out=which,
        outside=~inside,
        entropy=-(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1),
        highest=probabilities.max(axis=1),
        familiarity=np.sort(cosine, axis=1)[:, -_NEIGHBOURS:].mean(axis=1),
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
