"""What is hidden from a recommender, and who is then asked to be served: the protocols of a comparison.

Each protocol divides interactions twice. Settings are chosen on the stage `tune`; the model that is reported
is fitted on the stage `test`, which knows what `tune` had hidden. Nothing that `test` hides is in `tune`.

============ =====================================================================================================
warm         of each user's items 20 % are hidden for the test, 10 % for tuning
temporal     one moment for everybody: the latest 20 % of all pairs are hidden for the test, the 10 % before for tuning
cold         15 % of all items are hidden with every pair they have, and only they are candidates; 15 % of the rest for tuning
cold-artists as cold, but 15 % of all artists, each with every item: nobody's taste for them is known
user-cold    20 % of all users are never learned from, 10 % for tuning; 20 % of each one's items are hidden, the rest is told
============ =====================================================================================================

The division depends on interactions and seed alone. A user with too little to hide stays in training and
is counted in ``notes``; so is every pair that cannot be asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from segue.errors import DatasetError
from segue.types import Interactions

PROTOCOLS = ("warm", "cold", "cold-artists", "temporal", "user-cold")
COLD = ("cold", "cold-artists")  # those whose candidates nobody was seen with
TEST_SHARE = 0.2
VALID_SHARE = 0.1
COLD_ITEM_SHARE = 0.15

_TRAIN, _VALID, _TEST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Stage:
    """What is learned from, who is asked, and what they should be given.

    ``fit`` float32 CSR ``(n_users, n_items)``; ``known`` bool ``(n_items,)``: items that learning may know.
    ``users`` int64 ``(n_asked,)``: who is asked; ``history`` float32 CSR ``(n_asked, n_items)``: what each
    one is known to have, which is never recommended again; ``candidates`` bool ``(n_items,)``: what may be
    recommended. Pair i hides ``hidden_items[i]`` from the asked user ``users[hidden_users[i]]``.
    """

    fit: sparse.csr_matrix
    known: np.ndarray
    users: np.ndarray
    history: sparse.csr_matrix
    candidates: np.ndarray
    hidden_users: np.ndarray
    hidden_items: np.ndarray

    @property
    def with_hidden(self) -> sparse.csr_matrix:
        """All pairs, the hidden ones too: for upper bounds that are meant to see them, and nothing else."""
        ones = np.ones(len(self.hidden_items), np.float32)
        rows = self.users[self.hidden_users]
        return self.fit + sparse.csr_matrix((ones, (rows, self.hidden_items)), shape=self.fit.shape)

    def ask_some(self, n: int, seed: int) -> Stage:
        """The same stage asking at most ``n`` of its users, drawn by ``seed``."""
        if len(self.users) <= n:
            return self
        return self.asking(np.sort(np.random.default_rng(seed).permutation(len(self.users))[:n]))

    def asking(self, chosen: np.ndarray) -> Stage:
        """The same stage asking some of its users, given as ascending places in ``users``."""
        place = np.full(len(self.users), -1)
        place[chosen] = np.arange(len(chosen))
        pairs = place[self.hidden_users] >= 0
        return replace(
            self,
            users=self.users[chosen],
            history=self.history[chosen],
            hidden_users=place[self.hidden_users[pairs]],
            hidden_items=self.hidden_items[pairs],
        )


@dataclass(frozen=True, slots=True)
class Holdout:
    """One division of a set under one protocol and seed; ``notes`` counts what could not be asked about."""

    protocol: str
    seed: int
    tune: Stage
    test: Stage
    notes: dict[str, int]


def hold_out(
    interactions: Interactions, protocol: str, seed: int = 0, artists: np.ndarray | None = None
) -> Holdout:
    """Return the division of that protocol; ``artists`` int ``(n_items,)``, equal for equal artists, where they are known.

    Raises DatasetError when the set has no times (temporal), no artists (cold-artists) or leaves nobody to ask, ValueError
    for a protocol there is none of.
    """
    divide = {"warm": leave_out, "cold": item_cold, "temporal": temporal, "user-cold": user_cold}
    if protocol == "cold-artists":
        if artists is None:
            raise DatasetError(
                f"{interactions.name} names no artists, so none can be hidden: choose the protocol cold.",
                code="no-artists",
            )
        return artist_cold(interactions, artists, seed)
    if protocol not in divide:
        raise ValueError(f"no protocol {protocol!r}; there are {', '.join(PROTOCOLS)}")
    return divide[protocol](interactions, seed)


def leave_out(interactions: Interactions, seed: int = 0) -> Holdout:
    """Return the warm protocol: at least one item of each user for tuning, one for the test, one to learn from."""
    part, n_short = _parts_of_users(interactions, np.random.default_rng(seed))
    everybody = np.ones(len(interactions.user_ids), bool)
    tune = _stage(interactions, part == _TRAIN, part == _VALID, everybody)
    test = _stage(interactions, part < _TEST, part == _TEST, everybody)
    return _checked(Holdout("warm", seed, tune, test, _noted({"users with fewer than 3 items": n_short})))


def temporal(interactions: Interactions, seed: int = 0) -> Holdout:
    """Return the global temporal protocol; the seed changes nothing in it.

    Only items that are known before the moment are candidates; pairs of newer items, and of users
    without a past, are counted and not asked about.
    """
    times = interactions.times_s
    if times is None:
        raise DatasetError(
            f"{interactions.name} has no timestamps, so it cannot be divided in time: "
            "choose the protocol warm, cold or user-cold.",
            code="no-timestamps",
        )
    to_tune, to_test = np.quantile(times, [1 - TEST_SHARE - VALID_SHARE, 1 - TEST_SHARE])
    part = np.where(times < to_tune, _TRAIN, np.where(times < to_test, _VALID, _TEST))
    stages, notes = [], {}
    for hidden_part in (_VALID, _TEST):
        past = part < hidden_part
        known = np.bincount(interactions.items[past], minlength=len(interactions.item_ids)) > 0
        heard = np.bincount(interactions.users[past], minlength=len(interactions.user_ids)) > 0
        later = part == hidden_part
        can_ask = known[interactions.items] & heard[interactions.users]
        stages.append(_stage(interactions, past, later & can_ask, heard, candidates=known))
        notes["later pairs of new items"] = int((later & ~known[interactions.items]).sum())
        notes["later pairs of users without a past"] = int((later & ~heard[interactions.users]).sum())
    held = Holdout("temporal", seed, stages[0], stages[1], _noted(notes))
    return _checked(held, *_why_time_cannot_divide(times, part))


def _why_time_cannot_divide(times: np.ndarray, part: np.ndarray) -> tuple[str, str]:
    """Return the code and the reason, should no user be left to learn from or to ask."""
    instead = "choose the protocol warm, cold or user-cold"
    if times.min() == times.max():
        return "times-all-equal", f"all times of the set are equal; {instead}"
    if not np.bincount(part, minlength=3).all():
        return "times-too-few", f"too few times of the set differ; {instead}"
    return (
        "no-later-pairs",
        f"no user from before a moment has later pairs of items known before it; {instead}",
    )


def item_cold(interactions: Interactions, seed: int = 0) -> Holdout:
    """Return the item-cold protocol: candidates are items of which no pair was learned from."""
    rng = np.random.default_rng(seed)
    n_items = len(interactions.item_ids)
    order = rng.permutation(np.unique(interactions.items))
    n_test = max(1, round(COLD_ITEM_SHARE * len(order)))
    n_valid = max(1, round(COLD_ITEM_SHARE * (len(order) - n_test)))
    part_of_item = np.zeros(n_items, np.int64)
    part_of_item[order[:n_test]] = _TEST
    part_of_item[order[n_test : n_test + n_valid]] = _VALID
    return _cold("cold", interactions, part_of_item, seed)


def artist_cold(interactions: Interactions, artists: np.ndarray, seed: int = 0) -> Holdout:
    """Return the artist-disjoint protocol: candidates are all items of artists of whom nothing was learned from."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.unique(artists[interactions.items]))
    n_test = max(1, round(COLD_ITEM_SHARE * len(order)))
    n_valid = max(1, round(COLD_ITEM_SHARE * (len(order) - n_test)))
    part_of_item = np.zeros(len(artists), np.int64)
    part_of_item[np.isin(artists, order[:n_test])] = _TEST
    part_of_item[np.isin(artists, order[n_test : n_test + n_valid])] = _VALID
    return _cold("cold-artists", interactions, part_of_item, seed)


def _cold(protocol: str, interactions: Interactions, part_of_item: np.ndarray, seed: int) -> Holdout:
    part = part_of_item[interactions.items]
    stages, notes = [], {}
    for hidden_part in (_VALID, _TEST):
        learned = part < hidden_part
        heard = np.bincount(interactions.users[learned], minlength=len(interactions.user_ids)) > 0
        hidden = (part == hidden_part) & heard[interactions.users]
        cold = part_of_item == hidden_part
        stages.append(
            _stage(interactions, learned, hidden, heard, candidates=cold, known=part_of_item < hidden_part)
        )
        notes["users who have cold items only"] = int((~heard).sum())
    return _checked(Holdout(protocol, seed, stages[0], stages[1], _noted(notes)))


def user_cold(interactions: Interactions, seed: int = 0) -> Holdout:
    """Return the user-cold protocol: whoever is asked was never learned from, and is folded in by their history."""
    rng = np.random.default_rng(seed)
    n_users = len(interactions.user_ids)
    n_items = np.bincount(interactions.users, minlength=n_users)
    order = rng.permutation(np.flatnonzero(n_items >= 2))
    n_test, n_valid = max(1, round(TEST_SHARE * len(order))), max(1, round(VALID_SHARE * len(order)))
    part_of_user = np.zeros(n_users, np.int64)
    part_of_user[order[:n_test]] = _TEST
    part_of_user[order[n_test : n_test + n_valid]] = _VALID
    rank = _rank_within_user(interactions, rng)
    n_hidden = np.maximum(1, np.rint(TEST_SHARE * n_items).astype(np.int64))
    among_hidden = rank < n_hidden[interactions.users]
    stages = []
    for hidden_part in (_VALID, _TEST):
        learned = part_of_user[interactions.users] < hidden_part
        asked = part_of_user == hidden_part
        mine = asked[interactions.users]
        known = np.bincount(interactions.items[learned], minlength=len(interactions.item_ids)) > 0
        stages.append(
            _stage(
                interactions,
                learned,
                mine & among_hidden,
                asked,
                known=known,
                told=mine & ~among_hidden,
            )
        )
    notes = {"users with fewer than 2 items": int((n_items == 1).sum())}
    return _checked(Holdout("user-cold", seed, stages[0], stages[1], _noted(notes)))


def items_of_known_artists(stage: Stage, artists: np.ndarray) -> np.ndarray:
    """Return bool ``(n_items,)``: whether learning knew another item by the same artist (equal number in ``artists``)."""
    known_artists = np.unique(artists[stage.known])
    return np.isin(artists, known_artists)


def _parts_of_users(interactions: Interactions, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """The part of every row, and how many users have too few to divide."""
    n = np.bincount(interactions.users, minlength=len(interactions.user_ids))
    n_test = np.maximum(1, np.rint(TEST_SHARE * n).astype(np.int64))
    n_valid = np.maximum(1, np.rint(VALID_SHARE * n).astype(np.int64))
    short = n < 3
    n_test[short] = n_valid[short] = 0
    rank = _rank_within_user(interactions, rng)
    user = interactions.users
    part = np.where(rank < n_test[user], _TEST, np.where(rank < (n_test + n_valid)[user], _VALID, _TRAIN))
    return part, int((short & (n > 0)).sum())


def _rank_within_user(interactions: Interactions, rng: np.random.Generator) -> np.ndarray:
    """int64 (n_rows,): a random order of each user's rows, counted from 0."""
    order = np.lexsort((rng.random(len(interactions.users)), interactions.users))
    starts = np.searchsorted(interactions.users[order], np.arange(len(interactions.user_ids)))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - starts[interactions.users[order]]
    return rank


def _stage(
    interactions: Interactions,
    learned: np.ndarray,
    hidden: np.ndarray,
    asked: np.ndarray,
    *,
    candidates: np.ndarray | None = None,
    known: np.ndarray | None = None,
    told: np.ndarray | None = None,
) -> Stage:
    """A stage from bool rows (``learned``, ``hidden``, ``told``), users (``asked``) and items."""
    shape = (len(interactions.user_ids), len(interactions.item_ids))
    asked = asked & (np.bincount(interactions.users[hidden], minlength=shape[0]) > 0)
    users = np.flatnonzero(asked)
    position = np.cumsum(asked) - 1
    everything = np.ones(shape[1], bool)
    if known is None:
        known = np.bincount(interactions.items[learned], minlength=shape[1]) > 0
    fit = _matrix(interactions, learned, shape)
    return Stage(
        fit=fit,
        known=known,
        users=users,
        history=(fit if told is None else _matrix(interactions, told, shape))[users],
        candidates=everything if candidates is None else candidates,
        hidden_users=position[interactions.users[hidden]],
        hidden_items=interactions.items[hidden],
    )


def _matrix(interactions: Interactions, rows: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    pairs = (interactions.users[rows], interactions.items[rows])
    return sparse.csr_matrix((interactions.counts[rows].astype(np.float32), pairs), shape=shape)


def _noted(counts: dict[str, int]) -> dict[str, int]:
    return {what: n for what, n in counts.items() if n}


def _checked(holdout: Holdout, code: str = "set-too-small", why: str = "the set is too small") -> Holdout:
    for stage in (holdout.tune, holdout.test):
        if not len(stage.users) or not stage.fit.nnz:
            raise DatasetError(
                f"Nothing is left to learn from or to ask about under the protocol {holdout.protocol}: {why}.",
                code=code,
            )
    return holdout
