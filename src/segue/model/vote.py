"""How the chunks of a track agree on its genres.

The network gives logits over time. Those of one window are averaged into chunks of about 5 s;
each chunk's calibrated log-probabilities are one vote, and votes are averaged: the geometric
mean of the chunks' probabilities (a product of experts, Hinton 2002), so that one confident
chunk does not outshout many doubtful ones.
"""

from __future__ import annotations

import numpy as np

CHUNK_S = 5.0


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log-probabilities along the last axis, computed so that large logits cannot overflow."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def chunk_logits(logits: np.ndarray, n_chunks: int) -> np.ndarray:
    """Return ``(n_chunks, n_classes)``: mean logits of the steps in each equal stretch of a window.

    ``logits`` is ``(n_steps, n_classes)``. A chunk without a step of its own (more chunks than steps)
    takes the nearest step.
    """
    n_steps = len(logits)
    centres = (np.arange(n_steps) + 0.5) * n_chunks / n_steps
    owner = np.minimum(centres.astype(int), n_chunks - 1)
    nearest = np.minimum(((np.arange(n_chunks) + 0.5) * n_steps / n_chunks).astype(int), n_steps - 1)
    return np.stack(
        [
            logits[owner == c].mean(axis=0) if (owner == c).any() else logits[nearest[c]]
            for c in range(n_chunks)
        ]
    )


def chunk_log_probabilities(logits: np.ndarray, n_chunks: int, temperature: float) -> np.ndarray:
    """Return ``(n_chunks, n_classes)`` calibrated log-probabilities of one window's ``(n_steps, n_classes)`` logits."""
    return log_softmax(chunk_logits(logits, n_chunks) / temperature)


def vote(chunks: np.ndarray) -> np.ndarray:
    """Return probabilities ``(n_classes,)`` of a track from ``(n_chunks, n_classes)`` log-probabilities."""
    return np.exp(log_softmax(chunks.mean(axis=0)))


def hard_majority(won: np.ndarray, voted: np.ndarray) -> np.ndarray:
    """Return class numbers by the hard majority, its winner first; both arrays are ``(n_classes,)``.

    ``won`` are how many chunks each class is the likeliest of. Of classes with equally many the one comes first that
    all chunks together, not only those it won, hold likelier: the higher ``voted``, their mean log-probability or what
    `vote` makes of it.
    """
    return np.lexsort((-np.asarray(voted), -np.asarray(won)))


def chunks_in(duration_s: float) -> int:
    """Return how many chunks of about 5 s a window of ``duration_s`` is cut into; at least one."""
    return max(1, round(duration_s / CHUNK_S))
