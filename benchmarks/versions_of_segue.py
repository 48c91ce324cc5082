"""The versions of segue's own model that a benchmark compares: those in the package and those given by path."""

from __future__ import annotations

from pathlib import Path

from segue.model.network import Network, shipped_model


def networks(paths: list[Path]) -> dict[str, Network]:
    """Return every model in the package by name, oldest first, then those at ``paths``."""
    packaged = sorted(shipped_model().parent.glob("*.onnx"))
    found = [Network(path) for path in [*packaged, *paths]]
    return {network.passport.name: network for network in found}
