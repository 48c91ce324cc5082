"""A factorisation whose items are sums of what is known of them, so that new items have factors too.

Item i is ``v_i = sum of e_f over its features f``: its own name, its artist, what describes it. The user is the mean of
the history's sums with embeddings of their own, ``q = mean of s_j``, so a new one is served like an old one; scores are
``q.v_i + b_i``. The idea: Kula 2015, "Metadata embeddings for user and item cold-start recommendations" (LightFM). Learned
here by a softmax over all known items instead of sampled pairs: half of each history (another half each time) is to
foretell the rest. Features are hidden at random with the item's own name, so that the others learn to stand alone
(Volkovs, Yu and Poutanen 2017).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.errors import SegueError
from segue.recommend.models.baselines import artist_numbers
from segue.recommend.models.content import unit_rows
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.scorers import TwoFactors, chosen, two_factors
from segue.research.models.adam import Adam
from segue.types import ItemContent

_BATCH = 500
_HIDDEN_NAMES = 0.3  # share of items that stand without their own name in a step


def features_of(content: ItemContent, parts: frozenset[str]) -> sparse.csr_matrix:
    """Return float32 CSR ``(n_items, n_features)`` of the named parts of content, each of unit length in a row.

    Of metadata only what is above the average is taken: the genres that an artist has, not all those it has not.
    """
    blocks = []
    if "audio" in parts and content.audio is not None:
        blocks.append(sparse.csr_matrix(unit_rows(content.audio)))
    if "metadata" in parts and content.metadata is not None:
        blocks.append(sparse.csr_matrix(unit_rows(np.maximum(content.metadata, 0))))
    if "artists" in parts:
        numbers = artist_numbers(content.artists)
        ones = np.ones(len(numbers), np.float32)
        blocks.append(sparse.csr_matrix((ones, (np.arange(len(numbers)), numbers))))
    return sparse.hstack(blocks, format="csr", dtype=np.float32)


def factors(data: Training, told: sparse.csr_matrix, settings: Settings) -> TwoFactors:
    """Return the factors learned from ``told`` float32 CSR ``(n_items, n_features)`` and the names of known items."""
    rng = np.random.default_rng(data.seed)
    n_items, d = data.pairs.shape[1], int(settings["n_factors"])
    pairs = chosen(data.pairs)
    pairs = pairs[np.flatnonzero(np.diff(pairs.indptr) >= 2)]
    if not pairs.shape[0]:
        raise SegueError(
            "Learning factors of features needs users with two items at least.", code="no-interactions"
        )
    scale = np.float32(0.5 / d**0.5)
    names, others = (
        (rng.standard_normal((n, 2 * d)).astype(np.float32) * scale) for n in (n_items, told.shape[1])
    )
    names[~data.known] = 0
    bias = np.zeros(n_items, np.float32)
    known, told_back = np.flatnonzero(data.known), told.T.tocsr()
    adam, decay = Adam((names, others, bias), float(settings["learning_rate"])), np.float32(settings["l2"])
    n_epochs = int(settings["n_epochs"])
    n_batches = -(-pairs.shape[0] // _BATCH)
    for number in range(n_epochs * n_batches):
        if number % n_batches == 0:
            order = rng.permutation(pairs.shape[0])
        at = number % n_batches * _BATCH
        given, wanted = _halves(pairs[order[at : at + _BATCH]], rng)
        named = (rng.random(n_items) >= _HIDDEN_NAMES).astype(np.float32)[:, None]
        items = named * names + told @ others
        source, target = items[:, :d], items[known, d:]
        means = sparse.diags(1 / np.maximum(np.diff(given.indptr), 1).astype(np.float32)) @ given
        users = means @ source
        wrong = _softmax(users @ target.T + bias[known]) - _shares(wanted[:, known])
        wrong /= np.float32(wrong.shape[0])
        slope = np.zeros_like(items)
        slope[:, :d] = means.T @ (wrong @ target)
        slope[known, d:] = wrong.T @ users
        by_bias = np.zeros_like(bias)
        by_bias[known] = wrong.sum(axis=0)
        by_name = named * slope
        by_name[~data.known] = 0
        slopes = (by_name + decay * names, told_back @ slope + decay * others, by_bias)
        adam.step(slopes, 1 - number / (n_epochs * n_batches))
    items = names + told @ others
    return two_factors(items[:, :d], items[:, d:], np.where(data.known, bias, bias[known].mean()))


def _halves(
    pairs: sparse.csr_matrix, rng: np.random.Generator
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Each row's items divided by chance in two: what is given and what is wanted."""
    first = rng.random(pairs.nnz) < 0.5
    given, wanted = pairs.copy(), pairs.copy()
    given.data = first.astype(np.float32)
    wanted.data = (~first).astype(np.float32)
    given.eliminate_zeros()
    wanted.eliminate_zeros()
    return given, wanted


def _softmax(logits: np.ndarray) -> np.ndarray:
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def _shares(wanted: sparse.csr_matrix) -> np.ndarray:
    rows = wanted.toarray()
    return rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)


def _fit(data: Training, settings: Settings) -> TwoFactors:
    return factors(data, features_of(data.described, frozenset({"audio"})), settings)


def _fit_genres(data: Training, settings: Settings) -> TwoFactors:
    return factors(data, features_of(data.described, frozenset({"audio", "metadata"})), settings)


def _fit_artists(data: Training, settings: Settings) -> TwoFactors:
    return factors(data, features_of(data.described, frozenset({"audio", "metadata", "artists"})), settings)


_SEARCH = tuple(
    {"n_factors": 64, "n_epochs": n, "learning_rate": 0.02, "l2": l2} for n in (15, 8) for l2 in (1e-6, 1e-5)
)
_RANGES = (
    Range("n_factors", values=(32, 64, 128)),
    Range("n_epochs", 8, 40, log=True),
    Range("learning_rate", 0.002, 0.03, log=True),
    Range("l2", 1e-7, 1e-4, log=True),
)
KINDS = (
    Kind(
        "feature-factors",
        "factorisation whose items are sums of their name and their sound",
        "all",
        _fit,
        _SEARCH,
        _RANGES,
        needs=frozenset({"audio"}),
    ),
    Kind(
        "feature-factors+genres",
        "factorisation whose items are sums of their name, sound and genres",
        "all",
        _fit_genres,
        _SEARCH,
        _RANGES,
        needs=frozenset({"audio", "metadata"}),
    ),
    Kind(
        "feature-factors+genres+artists",
        "factorisation whose items are sums of their name, sound, genres and artist",
        "all",
        _fit_artists,
        _SEARCH,
        _RANGES,
        needs=frozenset({"audio", "metadata", "artists"}),
    ),
)
