"""How values look on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from segue.encode import encode
from segue.text import visible as visible


def print_document(document: Any) -> None:
    """Print one JSON document on standard output, valid even when file names are not valid text; NaN is null."""
    click.echo(encode(document))


def columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as aligned lines; columns numbered in ``right`` are aligned to the right."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def clock(seconds: float) -> str:
    """Return a time as m:ss, or h:mm:ss from an hour on."""
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"
