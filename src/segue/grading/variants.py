"""Which models a comparison runs: the kinds of the model room, and the controls made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.recommend.models.contract import Kind
from segue.recommend.models.registry import MODELS, kind_named
from segue.types import ItemContent

SHUFFLED = ":shuffled"
COLD = "cold"


@dataclass(frozen=True, slots=True)
class Variant:
    """A kind of model under the name it has in the table; ``shuffled``: it is told another item's content."""

    name: str
    kind: Kind
    shuffled: bool = False

    @property
    def uses_content(self) -> bool:
        return bool(self.kind.needs & {"audio", "metadata"})

    @property
    def control(self) -> bool:
        return self.kind.control or self.shuffled


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model that is not in the table, and why."""

    model: str
    reason: str


def variants(
    names: Sequence[str] | None, protocol: str, content: ItemContent | None
) -> tuple[list[Variant], list[Skipped]]:
    """Return the models to run in the order of the table, and those that this set cannot serve.

    Without names: everything that can score what the protocol asks for, and a shuffled control for each
    model that uses content. Raises SegueError for a name there is none of.
    """
    asked = list(dict.fromkeys(names)) if names else _everything(protocol)
    run, skipped = [], []
    for name in asked:
        variant = named(name)
        missing = _missing(variant.kind, content)
        if missing:
            skipped.append(Skipped(name, f"it needs {missing} of every item, which this set has none of"))
        else:
            run.append(variant)
    return run, skipped


def named(name: str) -> Variant:
    """The model of that name; ``NAME:shuffled`` is NAME with the content of items exchanged among them.

    Raises SegueError for a name there is none of, or one that has no content to exchange.
    """
    base = name.removesuffix(SHUFFLED)
    kind = kind_named(base)
    variant = Variant(name, kind, shuffled=name != base)
    if variant.shuffled and not variant.uses_content:
        from segue.errors import SegueError

        raise SegueError(f"{base} uses no content, so there is nothing to shuffle: ask for {base} alone.")
    return variant


def shuffled(content: ItemContent, seed: int) -> ItemContent:
    """The content with rows of audio and metadata exchanged among items, together; artists stay where they are."""
    order = np.random.default_rng([seed, 0x5EED]).permutation(len(content.audio))
    metadata = None if content.metadata is None else content.metadata[order]
    return ItemContent(content.audio[order], metadata, content.artists, content.titles)


def _everything(protocol: str) -> list[str]:
    can = {"cold", "all"} if protocol == COLD else {"warm", "all"}
    kinds = [
        kind for kind in MODELS.values() if kind.scores in can and (protocol == COLD or not kind.sees_test)
    ]
    uses_content = [k for k in kinds if k.needs & {"audio", "metadata"} and not k.control]
    return [kind.name for kind in kinds] + [kind.name + SHUFFLED for kind in uses_content]


def _missing(kind: Kind, content: ItemContent | None) -> str | None:
    for part in sorted(kind.needs):
        if content is None or getattr(content, part) is None:
            return part
        if part == "artists" and not any(content.artists):
            return part
    return None
