"""The versions of segue's own model that a benchmark compares: those in the package and those given by path."""

from __future__ import annotations

from pathlib import Path

from segue.model.network import Network, packaged_models


def networks(paths: list[Path]) -> dict[str, Network]:
    """Return every model in the package by name, oldest first, then those at ``paths``."""
    found = [Network(path) for path in [*packaged_models().values(), *paths]]
    return {network.passport.name: network for network in found}
