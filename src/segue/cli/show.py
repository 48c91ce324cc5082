"""The one place that prints for people: every text is escaped, tables fit the terminal, pipes get plain text.

On a terminal tables and progress are drawn by Rich; ``NO_COLOR`` is respected by it. Into a pipe or a file goes
plain text without colours or cut names, so that other programs can read it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from segue.encode import encode
from segue.text import visible as visible


def print_document(value: Any) -> None:
    """Print one JSON document on standard output, valid even when file names are not valid text; NaN is null."""
    click.echo(encode(value))


def say(text: str = "", *, err: bool = False) -> None:
    """Print one line; control and bidirectional control characters in it are escaped."""
    click.echo(visible(text), err=err)


def warn(text: str) -> None:
    """Print one line for the user on standard error, after the program's name."""
    say(f"segue: {text}", err=True)


def columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as aligned plain lines; columns numbered in ``right`` are aligned to the right."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def table(
    rows: Sequence[Sequence[str]],
    *,
    header: Sequence[str] | None = None,
    right: frozenset[int] = frozenset(),
    indent: int = 0,
) -> None:
    """Print rows as a table; columns numbered in ``right`` are aligned to the right.

    On a terminal a row that is too wide is wrapped inside its columns; elsewhere lines are as long as they must be.
    """
    if not rows and header is None:
        return
    if not sys.stdout.isatty():
        for line in columns([*([header] if header else []), *rows], right):
            click.echo(" " * indent + line)
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, show_header=header is not None, pad_edge=False, header_style="bold")
    for number, name in enumerate(header or rows[0]):
        drawn.add_column(
            Text(visible(name)) if header else "",
            justify="right" if number in right else "left",
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*(Text(visible(cell)) for cell in row))
    Console(highlight=False).print(Padding(drawn, (0, 0, 0, indent)))


def clock(seconds: float) -> str:
    """Return a time as m:ss, or h:mm:ss from an hour on."""
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"
