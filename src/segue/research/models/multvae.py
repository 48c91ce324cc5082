"""Mult-VAE: a variational autoencoder of histories with a multinomial likelihood, trained with torch, scored without.

Encoder: the history, of unit length and half of it dropped in training, through one layer (tanh) to mean and log
variance of a normal z; decoder: z through one layer (tanh) to logits of all items. It maximises ``sum over the history log
softmax(logits) - beta KL(q(z | x) || N(0, I))``, beta rising evenly over the first half of training: Liang, Krishnan,
Hoffman and Jebara 2018, "Variational autoencoders for collaborative filtering". Small, for one core: their 600 units and 200
dimensions are ``n_hidden`` and ``n_factors`` here. Scores are the logits at the mean of z.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from scipy import sparse

from segue.errors import MissingExtra
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.scorers import chosen

_BATCH = 250
_KEPT = 0.5  # of the input, in training


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """Weights ``(n_in, n_out)`` and biases of the four layers, float32; the third's outputs are the mean of z alone."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray
    w3: np.ndarray
    b3: np.ndarray
    w4: np.ndarray
    b4: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        ones = chosen(histories)
        length = np.sqrt(np.maximum(np.diff(ones.indptr), 1)).astype(np.float32)
        hidden = np.tanh((ones @ self.w1) / length[:, None] + self.b1)
        z = hidden @ self.w2 + self.b2
        return np.tanh(z @ self.w3 + self.b3) @ self.w4 + self.b4

    def arrays(self) -> dict[str, np.ndarray]:
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Autoencoder:
        return cls(**{part.name: arrays[part.name] for part in fields(cls)})


def _fit(data: Training, settings: Settings) -> Autoencoder:
    try:
        import torch
    except ImportError as error:
        raise MissingExtra(
            "multvae needs torch: pip install 'segue[train]'.", code="torch-missing"
        ) from error
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more threads add up in another order: other last digits
    try:
        return _trained(torch, data, settings)
    finally:
        torch.set_num_threads(n_threads)


def _trained(torch, data: Training, settings: Settings) -> Autoencoder:
    rng = np.random.default_rng(data.seed)
    pairs, n_items = chosen(data.pairs), data.pairs.shape[1]
    pairs = pairs[np.flatnonzero(np.diff(pairs.indptr))]
    n_hidden, d = int(settings["n_hidden"]), int(settings["n_factors"])
    sizes = ((n_items, n_hidden), (n_hidden, 2 * d), (d, n_hidden), (n_hidden, n_items))
    weights = [torch.tensor(rng.normal(0, (2 / (a + b)) ** 0.5, (a, b)).astype(np.float32)) for a, b in sizes]
    biases = [torch.zeros(b) for _, b in sizes]
    layers = [layer.requires_grad_() for layer in (*weights, *biases)]
    decay = float(settings["l2"])
    optimiser = torch.optim.Adam(layers, lr=float(settings["learning_rate"]), weight_decay=decay)
    n_batches = -(-pairs.shape[0] // _BATCH)
    n_steps = int(settings["n_epochs"]) * n_batches
    for number in range(n_steps):
        if number % n_batches == 0:
            order = rng.permutation(pairs.shape[0])
        at = number % n_batches * _BATCH
        rows = pairs[order[at : at + _BATCH]].toarray()
        length = np.sqrt(rows.sum(axis=1, keepdims=True))
        kept = rows / length * (rng.random(rows.shape, np.float32) < _KEPT) / np.float32(_KEPT)
        hidden = torch.tanh(torch.from_numpy(kept) @ weights[0] + biases[0])
        middle = hidden @ weights[1] + biases[1]
        mean, log_variance = middle[:, :d], middle[:, d:]
        noise = torch.from_numpy(rng.standard_normal(mean.shape, np.float32))
        z = mean + noise * torch.exp(log_variance / 2)
        logits = torch.tanh(z @ weights[2] + biases[2]) @ weights[3] + biases[3]
        likely = (torch.log_softmax(logits, dim=1) * torch.from_numpy(rows)).sum(dim=1)
        divergence = (log_variance.exp() + mean**2 - 1 - log_variance).sum(dim=1) / 2
        beta = float(settings["beta"]) * min(1.0, 2 * number / n_steps)
        optimiser.zero_grad()
        (beta * divergence - likely).mean().backward()
        optimiser.step()
    w1, w2, w3, w4 = (np.ascontiguousarray(weight.detach().numpy()) for weight in weights)
    b1, b2, b3, b4 = (bias.detach().numpy() for bias in biases)
    return Autoencoder(w1, b1, np.ascontiguousarray(w2[:, :d]), b2[:d].copy(), w3, b3, w4, b4)


_FIXED = {"n_hidden": 100, "n_factors": 64, "l2": 0.0}
KINDS = (
    Kind(
        "multvae",
        "small variational autoencoder of histories",
        "warm",
        _fit,
        tuple(
            {**_FIXED, "n_epochs": n, "learning_rate": 0.003, "beta": beta}
            for n in (20, 30)
            for beta in (0.2, 0.1)
        ),
        (
            Range("n_hidden", values=(100, 200)),
            Range("n_factors", values=(32, 64, 128)),
            Range("n_epochs", 10, 40, log=True),
            Range("learning_rate", 0.001, 0.01, log=True),
            Range("beta", 0.05, 1.0, log=True),
        ),
    ),
)
