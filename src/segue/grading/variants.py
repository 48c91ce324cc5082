"""Which models a comparison runs: the kinds of the model room, and the controls made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segue.errors import SegueError
from segue.grading.controls import constant_parts, exchanged, shuffled
from segue.grading.holdout import COLD
from segue.recommend.models.contract import Kind
from segue.recommend.models.registry import MODELS, kind_named
from segue.types import ItemContent

SHUFFLED, EXCHANGED = ":shuffled", ":artists-exchanged"


@dataclass(frozen=True, slots=True)
class Variant:
    """A kind of model under the name it has in the table.

    ``shuffled``: it is given another item's content; ``exchanged``: another artist's. See segue.grading.controls.
    """

    name: str
    kind: Kind
    shuffled: bool = False
    exchanged: bool = False

    @property
    def uses_content(self) -> bool:
        return bool(self.kind.needs & {"audio", "metadata"})

    @property
    def control(self) -> bool:
        return self.kind.control or self.shuffled or self.exchanged

    def content_from(self, content: ItemContent | None, seed: int) -> ItemContent | None:
        """Return the content that the model is given instead of the set's own."""
        if content is None:
            return None
        if self.shuffled:
            return shuffled(content, seed)
        return exchanged(content, seed) if self.exchanged else content


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model that is not in the table, and why."""

    model: str
    reason: str


def variants(
    names: Sequence[str] | None,
    protocol: str,
    content: ItemContent | None,
    models: Mapping[str, Kind] = MODELS,
) -> tuple[list[Variant], list[Skipped]]:
    """Return the models to run in the order of the table, and those that this set cannot serve.

    Without names: everything that can score what the protocol asks for, and a shuffled control for each
    model that uses content. Beside a shuffled control of a model stands one with artists exchanged, where the
    content that the model uses is constant within artists. Raises SegueError for a name there is none of.
    """
    asked = list(dict.fromkeys(names)) if names else _everything(protocol, models)
    constant = constant_parts(content)
    run, skipped = [], []
    for name in _with_exchanged(asked, constant, models):
        variant = named(name, models)
        missing = _missing(variant.kind, content)
        if missing:
            skipped.append(Skipped(name, f"it needs {missing} of every item, which this set has none of"))
        elif variant.exchanged and not variant.kind.needs & constant:
            skipped.append(Skipped(name, "the content it uses differs among the items of an artist"))
        else:
            run.append(variant)
    return run, skipped


def named(name: str, models: Mapping[str, Kind] = MODELS) -> Variant:
    """Return the model of that name, or a control: ``NAME:shuffled``, ``NAME:artists-exchanged``.

    Raises SegueError for a name there is none of, or (``no-content-to-exchange``) a model that uses no content.
    """
    suffix = next((one for one in (SHUFFLED, EXCHANGED) if name.endswith(one)), "")
    base = name.removesuffix(suffix)
    variant = Variant(name, kind_named(base, models), suffix == SHUFFLED, suffix == EXCHANGED)
    if suffix and not variant.uses_content:
        raise SegueError(
            f"{base} uses no content, so there is none to shuffle or exchange: ask for {base} alone.",
            code="no-content-to-exchange",
        )
    return variant


def _with_exchanged(names: Sequence[str], constant: frozenset[str], models: Mapping[str, Kind]) -> list[str]:
    """The names, and after each shuffled control of content that names artists the one with artists exchanged."""
    found = []
    for name in names:
        found.append(name)
        if name.endswith(SHUFFLED) and named(name, models).kind.needs & constant:
            found.append(name.removesuffix(SHUFFLED) + EXCHANGED)
    return list(dict.fromkeys(found))


def _everything(protocol: str, models: Mapping[str, Kind]) -> list[str]:
    can = {"cold", "all"} if protocol in COLD else {"warm", "all"}
    kinds = [
        kind for kind in models.values() if kind.scores in can and (protocol in COLD or not kind.sees_test)
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
