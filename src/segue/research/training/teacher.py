"""What a larger network knows about the training clips, in a form a small one can learn.

The teacher is a table of embeddings, one per training clip. The student learns from it twice: it
regresses the leading principal components (Hinton, Vinyals and Dean 2015 call it distillation; a
description at training time only is "privileged information", Vapnik and Vashist 2009), and its
targets are softened by what a logistic regression on the embeddings guesses about each clip when
trained on other artists' clips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

_PENALTY = 50.0  # chosen by artist-grouped cross-validation among 5, 50 and 500
_FOLDS = 8
_ROUNDS = 3


def principal_components(embeddings: np.ndarray, n_dims: int) -> np.ndarray:
    """Return float32 ``(n, min(n_dims, n, dim))``: leading components of standardised rows, of overall spread 1."""
    standard = _standardised(embeddings)
    left, lengths, _ = np.linalg.svd(standard, full_matrices=False)
    components = (left * lengths)[:, :n_dims]
    return (components / components.std()).astype(np.float32)


def out_of_fold_guesses(
    embeddings: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[str],
    n_classes: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return float32 ``(n, n_classes)``: class probabilities of each clip by regressions that never saw its artist."""
    standard = _standardised(embeddings)
    total = np.zeros((len(labels), n_classes))
    for _ in range(_ROUNDS):
        fold = artist_folds(groups, _FOLDS, rng)
        for k in np.unique(fold):
            inside = fold == k
            total[inside] += _fit_and_guess(standard[~inside], labels[~inside], standard[inside], n_classes)
    return (total / _ROUNDS).astype(np.float32)


def artist_folds(groups: Sequence[str], n_folds: int, rng: np.random.Generator) -> np.ndarray:
    """Return a fold number for every clip: clips of one group stay together, folds are of about equal size."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(member)
    fold_of, filled = np.zeros(len(names), dtype=np.int64), np.zeros(n_folds)
    order = rng.permutation(len(names))
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        fold_of[group] = int(np.argmin(filled))
        filled[fold_of[group]] += sizes[group]
    return fold_of[member]


def _standardised(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)


def _fit_and_guess(rows: np.ndarray, labels: np.ndarray, others: np.ndarray, n_classes: int) -> np.ndarray:
    """Multinomial logistic regression with an L2 penalty; probabilities ``(n_others, n_classes)``."""
    x, y = torch.from_numpy(rows.astype(np.float32)), torch.from_numpy(labels)
    weight = torch.zeros(n_classes, rows.shape[1], requires_grad=True)
    bias = torch.zeros(n_classes, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.cross_entropy(x @ weight.T + bias, y, reduction="sum")
        value = value + 0.5 * _PENALTY * (weight**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    with torch.no_grad():
        guessed = torch.softmax(torch.from_numpy(others.astype(np.float32)) @ weight.T + bias, dim=1)
    return guessed.numpy().astype(np.float64)
