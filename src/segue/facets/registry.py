"""The facets there are: those of segue, of installed packages, and of files that are named; and what a scan wants."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from segue.errors import AudioError, SegueError
from segue.facets.base import Facet, FromFacets, FromNetwork, FromSamples
from segue.facets.doubt import DOUBT
from segue.facets.fingerprint import FINGERPRINT
from segue.facets.genre import GENRE
from segue.facets.key import KEY
from segue.facets.loudness import LOUDNESS
from segue.facets.tags import TAGS
from segue.facets.tempo import TEMPO
from segue.facets.timbre import TIMBRE
from segue.facets.timeline import TIMELINE

BUILT_IN: tuple[Facet[Any], ...] = (GENRE, DOUBT, TAGS, TIMELINE, TIMBRE, TEMPO, KEY, LOUDNESS, FINGERPRINT)
ENTRY_POINTS = "segue.facets"  # a package names a Facet, or a sequence of them, in this group


FACET_FAILED = "facet"  # the stage of a failure that says nothing about the file, but of a facet's code


@contextmanager
def blamed(facet: Facet[Any]) -> Iterator[None]:
    """Turn what the code of a facet from outside raises in the block into an AudioError of the stage "facet" that names it.

    Errors of segue's own facets, and those that segue raises on purpose, pass.
    """
    try:
        yield
    except SegueError:
        raise
    except Exception as error:
        if facet in BUILT_IN:
            raise
        raise AudioError(
            f"The facet {facet.name!r} failed ({type(error).__name__}: {error}): mend its code, or leave it out.",
            FACET_FAILED,
            code="facet-failed",
        ) from error


@dataclass(frozen=True)
class Wanted:
    """What every track should have: a version of each facet, and windows that the network has heard.

    ``versions`` leaves out derived facets, for which no file is opened; ``from_network`` are those that the number of
    windows matters to.
    """

    n_windows: int = 1
    versions: tuple[tuple[str, str], ...] = ()
    from_network: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Registry:
    """Facets by name. Raises SegueError for two of one name, or a derived one whose inputs are not there."""

    facets: tuple[Facet[Any], ...]

    def __post_init__(self) -> None:
        names = [facet.name for facet in self.facets]
        for name in names:
            if names.count(name) > 1:
                raise SegueError(
                    f"Two facets are called {name!r}: rename one of them.", code="facet-name-taken"
                )
        heard = {facet.name for facet in self.facets if not isinstance(facet.source, FromFacets)}
        for facet in self.facets:
            if isinstance(facet.source, FromFacets) and (lacking := set(facet.source.names) - heard):
                raise SegueError(
                    f"The facet {facet.name!r} is derived from {', '.join(sorted(lacking))}, "
                    "which no file gives: add that facet too.",
                    code="facet-unusable",
                )

    def __iter__(self) -> Iterator[Facet[Any]]:
        return iter(self.facets)

    def __contains__(self, name: str) -> bool:
        return any(facet.name == name for facet in self.facets)

    def __getitem__(self, name: str) -> Facet[Any]:
        """Return the facet of that name. Raises SegueError when there is none."""
        for facet in self.facets:
            if facet.name == name:
                return facet
        raise SegueError(
            f"Unknown facet {name!r}: there are {', '.join(facet.name for facet in self.facets)}.",
            code="facet-unknown",
        )

    @property
    def heard(self) -> tuple[Facet[Any], ...]:
        """The facets that a file must be opened for."""
        return tuple(facet for facet in self.facets if not isinstance(facet.source, FromFacets))

    @property
    def derived(self) -> tuple[Facet[Any], ...]:
        """The facets that are computed from stored ones."""
        return tuple(facet for facet in self.facets if isinstance(facet.source, FromFacets))

    def basis(self, name: str, model: str, front_end: str) -> str:
        """Return what a facet's values depend on besides its own version: the samples, the front end or the model."""
        source = self[name].source
        if isinstance(source, FromSamples):
            return "samples"
        if isinstance(source, FromNetwork):
            return model
        if isinstance(source, FromFacets):
            inputs = "+".join(
                f"{one}:{self.stored_version(one, model, front_end)}" for one in sorted(source.names)
            )
            # Short, whatever it is derived from: only equality matters.
            return f"derived-{hashlib.sha256(inputs.encode()).hexdigest()[:12]}"
        return front_end

    def stored_version(self, name: str, model: str, front_end: str) -> str:
        """Return the version that values of a facet are stored under: its basis, a slash, its own version."""
        return f"{self.basis(name, model, front_end)}/{self[name].version}"

    def wanted(self, model: str, front_end: str, n_windows: int, without: Iterable[str] = ()) -> Wanted:
        """Return what a scan wants every track to have, all facets but those named ``without``."""
        heard = [facet for facet in self.heard if facet.name not in set(without)]
        return Wanted(
            n_windows,
            tuple((facet.name, self.stored_version(facet.name, model, front_end)) for facet in heard),
            frozenset(facet.name for facet in heard if isinstance(facet.source, FromNetwork)),
        )

    def derive(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``values`` and the derived facets whose inputs are all among them."""
        found = dict(values)
        for facet in self.derived:
            assert isinstance(facet.source, FromFacets)
            if facet.name not in found and all(name in values for name in facet.source.names):
                with blamed(facet):
                    found[facet.name] = facet.source.derive(
                        {name: values[name] for name in facet.source.names}
                    )
        return found


def registry(files: Sequence[str | os.PathLike[str]] = ()) -> Registry:
    """Return the facets of segue, of installed packages and of ``files``, which are run as Python.

    Raises SegueError when one cannot be loaded or takes a name that is taken.
    """
    return _registry(tuple(os.path.abspath(file) for file in files))


@cache
def _registry(files: tuple[str, ...]) -> Registry:
    found = [*BUILT_IN, *_installed()]
    for file in files:
        found += _in_file(file)
    return Registry(tuple(found))


def _installed() -> Iterator[Facet[Any]]:
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS):
        try:
            loaded = point.load()
        except Exception as error:
            raise SegueError(
                f"The facet {point.name!r} of an installed package cannot be loaded "
                f"({type(error).__name__}: {error}): update or remove that package.",
                code="facet-unusable",
            ) from error
        yield from _facets_in(loaded if isinstance(loaded, list | tuple) else [loaded], point.name)


def _in_file(file: str) -> list[Facet[Any]]:
    stem = os.path.splitext(os.path.basename(file))[0]
    # Values of its types travel between processes by this name.
    name = f"segue_facets_{hashlib.sha256(os.fsencode(file)).hexdigest()[:12]}_{stem}"
    module = sys.modules.get(name) or _run(file, name)
    own = [value for value in vars(module).values() if isinstance(value, Facet) and value not in BUILT_IN]
    return list(_facets_in(own, file))


def _run(file: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not os.path.isfile(file):
        raise SegueError(f"There is no Python file {file} with facets.", code="facet-file-missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise SegueError(
            f"The facets in {file} cannot be loaded ({type(error).__name__}: {error}): mend that file.",
            code="facet-unusable",
        ) from error
    return module


def _facets_in(values: Iterable[Any], where: str) -> Iterator[Facet[Any]]:
    values = list(values)
    if not values or not all(isinstance(value, Facet) for value in values):
        raise SegueError(f"{where} holds no facet of segue: see the page on facets.", code="facet-unusable")
    yield from values
