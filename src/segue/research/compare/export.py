"""A comparison for others: its divisions, its lists and answers in TREC form, and every user's measures.

``seed-N/split.csv``: user, item and part (train, validation, test) of every pair. ``seed-N/qrels.txt``: ``user 0 item 1`` for
every hidden pair that is asked about. ``seed-N/runs/MODEL.txt``: ``user Q0 item rank score model``, the 20 first for every asked
user; scores only keep the order. ``seed-N/per-user/MODEL.csv``: user and each measure. A row of another program's is made
from split and qrels; trec_eval reads qrels and runs. Ids are those of the data, spaces in them written ``%20``.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import quote

import numpy as np

from segue.files import write_whole
from segue.grading.holdout import Stage
from segue.grading.measure import LIST_LENGTH, Measured
from segue.grading.run import Comparison, division
from segue.metrics.ranking import NO_ITEM
from segue.types import Interactions, ItemContent


def export(found: Comparison, interactions: Interactions, content: ItemContent | None, folder: Path) -> None:
    """Write the comparison to ``folder``. Raises SegueError (``output-not-written``)."""
    users, items = (
        np.array([_word(one) for one in ids]) for ids in (interactions.user_ids, interactions.item_ids)
    )
    for number, seed in enumerate(found.seeds):
        held = division(interactions, content, found.protocol, seed, trials=found.trials)
        at = folder / f"seed-{seed}"
        _write(at / "split.csv", _split(held.tune, held.test, users, items))
        _write(at / "qrels.txt", _qrels(held.test, users, items))
        for model, measured in found.measured.items():
            name = model.replace(":", ".")
            _write(at / "runs" / f"{name}.txt", _run(measured[number], model, users, items))
            _write(at / "per-user" / f"{name}.csv", _per_user(measured[number], users))


def _word(name: object) -> str:
    """An id without white space, which TREC's forms cannot hold; all else is kept as it is."""
    return (
        quote(str(name), safe="!\"#$&'()*+,/:;<=>?@[\\]^`{|}~")
        if any(c.isspace() or c == "%" for c in str(name))
        else str(name)
    )


def _split(tune: Stage, test: Stage, users: np.ndarray, items: np.ndarray) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("user", "item", "part"))
    train = set(zip(*(part.tolist() for part in tune.fit.nonzero()), strict=True))
    for user, item in zip(*(part.tolist() for part in test.fit.nonzero()), strict=True):
        table.writerow((users[user], items[item], "train" if (user, item) in train else "validation"))
    for user, item in zip(test.users[test.hidden_users].tolist(), test.hidden_items.tolist(), strict=True):
        table.writerow((users[user], items[item], "test"))
    return out.getvalue()


def _qrels(test: Stage, users: np.ndarray, items: np.ndarray) -> str:
    pairs = zip(users[test.users[test.hidden_users]], items[test.hidden_items], strict=True)
    return "".join(f"{user} 0 {item} 1\n" for user, item in pairs)


def _run(measured: Measured, model: str, users: np.ndarray, items: np.ndarray) -> str:
    lines = []
    for user, listed in zip(users[measured.users], measured.lists, strict=True):
        there = items[listed[listed != NO_ITEM]]
        lines += [
            f"{user} Q0 {item} {rank} {LIST_LENGTH + 1 - rank} {model}\n"
            for rank, item in enumerate(there, 1)
        ]
    return "".join(lines)


def _per_user(measured: Measured, users: np.ndarray) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("user", *measured.per_user))
    columns = [users[measured.users], *(np.char.mod("%.6g", values) for values in measured.per_user.values())]
    table.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
