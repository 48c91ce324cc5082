"""How familiar music is: distance to the labelled clips in the space of tags.

A genre that no label names is often one that tags name (metal, classical), so that its clips lie far from all labelled
ones. With every GTZAN class left out in turn this told the class from the others with an AUROC of 0.80, distances on the
joint layer 0.76, on predicted OpenL3 embeddings 0.69, and the entropy of the genres 0.70. k nearest neighbours for
this: Sun et al. 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from segue.research.training.distil.network import DistilNet

NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class TagSpace:
    """Standardised tag logits of labelled clips: ``clips`` ``(n, n_tags)``, ``mean`` and ``std`` ``(n_tags,)``, float32."""

    mean: np.ndarray
    std: np.ndarray
    clips: np.ndarray

    def familiarity(self, logits: np.ndarray) -> np.ndarray:
        """Return minus the mean distance of tag logits ``(n, n_tags)`` to the five nearest clips, ``(n,)``."""
        place = (logits - self.mean) / self.std
        squares = (place**2).sum(axis=1)[:, None] + (self.clips**2).sum(axis=1) - 2.0 * place @ self.clips.T
        distance = np.sqrt(np.maximum(squares, 1e-6))
        return -np.sort(distance, axis=1)[:, :NEIGHBOURS].mean(axis=1)


def tag_space(logits: np.ndarray) -> TagSpace:
    """Return the space of the tag logits ``(n, n_tags)`` of labelled clips."""
    mean, std = logits.mean(axis=0), logits.std(axis=0) + 1e-6
    return TagSpace(
        mean.astype(np.float32), std.astype(np.float32), ((logits - mean) / std).astype(np.float32)
    )


@torch.no_grad()
def tag_logits_of(network: DistilNet, views: Tensor) -> np.ndarray:
    """Return tag logits ``(n, n_tags)`` of clips from their views ``(n, n_views, n_steps)``."""
    parts = [network.heads["tags"](network.joint(part.float()).mean(dim=2)) for part in views.split(64)]
    return torch.cat(parts).numpy()
