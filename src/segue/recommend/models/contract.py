"""What every model of this room promises: histories in, one score per item out.

Conventions: users are rows and items columns, of everything. A *history* is a row of a float32
CSR matrix ``(n_users, n_items)`` holding what one user chose; models never ask who the user is, so
a new user is served like any other (user-cold, "folding in"). An item is *known* when training may
have seen it; the others are *cold*. Scores of different models do not compare, and an item that a
model cannot score gets ``-inf``. Items of the history are scored like any other: leaving them out
is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from segue.types import ItemContent

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

Scores = Literal["warm", "cold", "all"]  # the items a model can score
Setting = float | int | str | bool
Settings = Mapping[str, Setting]

BUDGET = 4  # settings each kind of model may try on validation data, the same for all that have any


class Scorer(Protocol):
    """How scores come out of arrays; everything a fitted model remembers is in them."""

    def score(self, histories: csr_matrix) -> np.ndarray:
        """float32 ``(n_users, n_items)``; finite wherever the model can score."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """All it needs to score again, as plain arrays by name."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Scorer:
        """The scorer that gave these arrays."""
        ...


class Model(Protocol):
    """A fitted model; ``segue.research.models.storage`` saves and loads it."""

    @property
    def name(self) -> str: ...

    @property
    def scores(self) -> Scores: ...

    def score(self, histories: csr_matrix) -> np.ndarray:
        """float32 ``(n_users, n_items)``, ``-inf`` where it cannot score; the same for a row in any batch."""
        ...

    def arrays(self) -> dict[str, np.ndarray]: ...

    def settings(self) -> dict[str, Setting]: ...


@dataclass(frozen=True, slots=True)
class Training:
    """What a model may learn from.

    ``pairs`` is float32 CSR ``(n_users, n_items)`` with positive counts, empty in the columns of
    cold items; ``known`` is bool ``(n_items,)``. ``memory_bytes`` is how much a fit may take. ``kept`` holds
    what several fits of the same pairs, content and seed may share; see `once`.
    """

    pairs: csr_matrix
    content: ItemContent | None
    known: np.ndarray
    seed: int
    memory_bytes: int
    kept: dict[Hashable, np.ndarray] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Return what ``make`` returns, made once for ``key``; it cannot be written to."""
        if key not in self.kept:
            self.kept[key] = make()
            self.kept[key].flags.writeable = False
        return self.kept[key]

    @property
    def described(self) -> ItemContent:
        """The content, where a model that needs it is fitted: without it none is (`registry.fit` refuses)."""
        assert self.content is not None
        return self.content


@dataclass(frozen=True, slots=True)
class Range:
    """What one setting may be: from ``low`` to ``high``, even in its logarithm where ``log``, or one of ``values``.

    Whole numbers where ``low`` is an int; 0 is never drawn on a logarithmic scale.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    values: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of model: its name, what it can score and needs, and the settings worth trying.

    ``search`` holds the settings to choose from on validation data: BUDGET of them, or one where
    there is nothing to choose; the first are the defaults. ``ranges`` is the whole space, one for each setting that may
    be chosen, for a search of more trials; settings without one stay as they are by default. ``needs`` names the parts of
    ItemContent it cannot do without. A ``control`` is there to be beaten or to bound the others. One
    that ``sees_test`` must be fitted on all pairs, those of cold items too. One that ``ignores_history`` has the same
    answer for everybody; where ``zero_is_unknown`` a score of 0 says that no list connects an item with the history.
    """

    name: str
    summary: str
    scores: Scores
    fit: Callable[[Training, Settings], Scorer]
    search: tuple[Settings, ...] = ({},)
    ranges: tuple[Range, ...] = ()
    needs: frozenset[str] = field(default=frozenset())
    control: bool = False
    sees_test: bool = False
    ignores_history: bool = False
    zero_is_unknown: bool = False

    @property
    def defaults(self) -> Settings:
        return self.search[0]
