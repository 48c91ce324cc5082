"""Factors of items that nobody chose, predicted from content by a small network in NumPy.

One hidden layer of rectified units (256), squared error, Adam (Kingma and Ba 2015), batches of 256,
dropout of the input (Srivastava et al. 2014); the mean of three networks from different starts. The idea: van den
Oord, Dieleman and Schrauwen 2013, "Deep content-based music recommendation".
"""

from __future__ import annotations

import numpy as np

_N_HIDDEN = 256
_BATCH = 256
_N_NETWORKS = 3
_LEARNING_RATE = 2e-3
_KEPT = 0.7  # of the inputs, in training


def predict_by_network(
    features: np.ndarray, targets: np.ndarray, known: np.ndarray, n_epochs: int, seed: int
) -> np.ndarray:
    """float32 (n_items, n_targets): targets of all items, from networks that saw those of the known ones."""
    scale = max(float(targets[known].std()), 1e-9)
    total = np.zeros(targets.shape, np.float32)
    x = (features * np.sqrt(features.shape[1])).astype(np.float32)  # entries of unit rows are small
    for number in range(_N_NETWORKS):
        rng = np.random.default_rng([seed, number])
        layers = _trained(x[known], targets[known] / scale, n_epochs, rng)
        total += _forward(x, layers)[1]
    return total * (scale / _N_NETWORKS)


def _forward(x: np.ndarray, layers: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    first, first_bias, second, second_bias = layers
    hidden = np.maximum(x @ first + first_bias, 0)
    return hidden, hidden @ second + second_bias


def _trained(x: np.ndarray, y: np.ndarray, n_epochs: int, rng: np.random.Generator) -> list[np.ndarray]:
    def start(n_in: int, n_out: int) -> np.ndarray:
        return (rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).astype(np.float32)

    n_targets = y.shape[1]
    layers = [start(x.shape[1], _N_HIDDEN), np.zeros(_N_HIDDEN, np.float32)]
    layers += [0.1 * start(_N_HIDDEN, n_targets), np.zeros(n_targets, np.float32)]
    means = [np.zeros_like(layer) for layer in layers]
    squares = [np.zeros_like(layer) for layer in layers]
    step, n_steps = 0, n_epochs * -(-len(x) // _BATCH)
    for _ in range(n_epochs):
        order = rng.permutation(len(x))
        for at in range(0, len(x), _BATCH):
            rows = order[at : at + _BATCH]
            dropped = x[rows] * (
                (rng.random((len(rows), x.shape[1]), np.float32) < _KEPT) / np.float32(_KEPT)
            )
            step += 1
            rate = _LEARNING_RATE * (1 - (step - 1) / n_steps)  # falls to nothing, evenly
            for layer, slope, mean, square in zip(
                layers, _slopes(dropped, y[rows], layers), means, squares, strict=True
            ):
                mean += 0.1 * (slope - mean)
                square += 0.001 * (slope * slope - square)
                corrected = np.sqrt(square / (1 - 0.999**step)) + np.float32(1e-8)
                layer -= rate / (1 - 0.9**step) * mean / corrected
    return layers


def _slopes(x: np.ndarray, y: np.ndarray, layers: list[np.ndarray]) -> list[np.ndarray]:
    """The gradient of the mean squared error by each layer."""
    hidden, out = _forward(x, layers)
    wrong = (2 / len(x)) * (out - y)
    back = (wrong @ layers[2].T) * (hidden > 0)
    return [x.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0)]
