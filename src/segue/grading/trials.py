"""A wider search than a kind's own few settings: random draws from its ranges, tried once for all seeds and kept.

Settings are tried on a division of their own (seed `TUNING_SEED`), asked of a fifth of the users, drawn by chance. The
reported figures are of the other users under other seeds, so no answer that chose a setting is asked again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segue import __version__
from segue.errors import DatasetError
from segue.grading.holdout import Holdout, Stage
from segue.recommend.models.contract import Kind, Range, Setting, Settings

TUNING_SEED = 1000
TUNING_SHARE = 0.2


def drawn(kind: Kind, n: int) -> tuple[Settings, ...]:
    """Return ``n`` settings to try: those of the kind's own search, then draws from its ranges; one without ranges has
    only its own.

    The same for every ``n``: a longer search begins with a shorter one.
    """
    own = kind.search[:n]
    if not kind.ranges:
        return own
    draws = (_draw(kind, number) for number in range(len(own), n))
    return (*own, *draws)


def _draw(kind: Kind, number: int) -> Settings:
    rng = np.random.default_rng([TUNING_SEED, zlib.crc32(kind.name.encode()), number])
    return {**kind.defaults, **{one.name: value_in(one, float(rng.random())) for one in kind.ranges}}


def value_in(one: Range, place: float) -> Setting:
    """Return the value at ``place`` in [0, 1) of a range, to four significant digits."""
    if one.values:
        return one.values[int(place * len(one.values))]
    if one.log:
        value = one.low * (one.high / one.low) ** place
    else:
        value = one.low + (one.high - one.low) * place
    return round(value) if isinstance(one.low, int) else float(f"{value:.4g}")


@dataclass(frozen=True, slots=True)
class Apart:
    """What settings are tried on: ``tune`` asks users of ``users``, bool ``(n_users,)``, alone."""

    tune: Stage
    users: np.ndarray

    def without(self, held: Holdout) -> Holdout:
        """Return the division with its test asked of all other users. Raises DatasetError where none is left."""
        return replace(held, test=_asked(held.test, ~self.users))


def set_apart(held: Holdout) -> Apart:
    """Return what the division with seed `TUNING_SEED` gives for trying settings. Raises DatasetError for too few users."""
    n_users = held.tune.fit.shape[0]
    order = np.random.default_rng([TUNING_SEED, 0xA9A]).permutation(n_users)
    users = np.zeros(n_users, bool)
    users[order[: max(1, round(TUNING_SHARE * n_users))]] = True
    return Apart(_asked(held.tune, users), users)


def _asked(stage: Stage, users: np.ndarray) -> Stage:
    asked = stage.asking(np.flatnonzero(users[stage.users]))
    if not len(asked.users):
        raise DatasetError(
            "Too few users to keep a fifth of them apart for trying settings: leave out --trials.",
            code="too-few-users",
        )
    return asked


class Tried:
    """The validation scores of settings that were tried, a line for each in ``folder``; a torn last line is no line."""

    def __init__(self, folder: Path, model: str) -> None:
        self._path = folder / f"{model.replace(':', '.')}.jsonl"
        self._scores: dict[str, tuple[float, float]] = {}
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError:
            lines = []
        for line in lines:
            try:
                one = json.loads(line)
                if one["segue"] == __version__:
                    self._scores[_key(one["settings"])] = float(one["score"]), float(one["cpu_s"])
            except (ValueError, KeyError, TypeError):
                continue

    def score(self, settings: Settings) -> float | None:
        """Return the score these settings had, None where they were not tried."""
        found = self._scores.get(_key(settings))
        return None if found is None else found[0]

    def cpu_s(self, settings: Settings) -> float:
        """Return the processor time of a trial in seconds."""
        return self._scores[_key(settings)][1]

    def add(self, settings: Settings, score: float, cpu_s: float) -> None:
        """Keep a trial."""
        self._scores[_key(settings)] = score, cpu_s
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = {"settings": dict(settings), "score": score, "cpu_s": round(cpu_s, 3), "segue": __version__}
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * self._torn() + json.dumps(line) + "\n")

    def _torn(self) -> bool:
        """Whether the file ends in the middle of a line, as after a kill."""
        try:
            with self._path.open("rb") as file:
                file.seek(-1, 2)
                return file.read() != b"\n"
        except OSError:
            return False


def _key(settings: Mapping[str, Setting]) -> str:
    return json.dumps(dict(settings), sort_keys=True)
