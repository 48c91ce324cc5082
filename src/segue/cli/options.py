"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def _library(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    # `segue --library X scan` and `segue scan --library X` mean the same.
    return value if value is not None else ctx.find_root().obj


def library_option(function: F) -> F:
    """Add ``--library``, with the group's as its fallback."""
    return click.option(
        "--library",
        metavar="FILE",
        callback=_library,
        help="Library file; default $SEGUE_LIBRARY or your data folder.",
    )(function)


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(
        function
    )


def force_option(function: F) -> F:
    """Add ``--force``: replace existing files that segue did not write."""
    return click.option(
        "--force",
        is_flag=True,
        help="Replace existing files also where segue did not write them; never music.",
    )(function)


class _Windows(click.ParamType[int]):
    name = "windows"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from segue.analysis.settings import ALL_WINDOWS

        if value == "all":
            return ALL_WINDOWS
        if isinstance(value, int):
            return value
        # Longer numbers are no counts of windows, and other scripts' digits no numbers to int().
        if (
            isinstance(value, str)
            and value.isascii()
            and value.isdigit()
            and len(value) <= 7
            and int(value) > 0
        ):
            return int(value)
        self.fail(f"{value!r} is neither a number above zero nor 'all'", param, ctx)


def windows_option(function: F) -> F:
    """Add ``--windows``: how much of each track the network hears."""
    from segue.analysis.settings import DEFAULT_WINDOWS

    return click.option(
        "--windows",
        type=_Windows(),
        default=DEFAULT_WINDOWS,
        show_default=True,
        metavar="N|all",
        help="Stretches of 30 s of each track that the network hears.",
    )(function)


def research_command(ctx: click.Context, group: str, name: str) -> click.Command:
    """Return a command of research by its names, which the program's own table of commands knows: nothing is imported here."""
    root = ctx.find_root().command
    assert isinstance(root, click.Group)
    found = root.get_command(ctx, group)
    assert isinstance(found, click.Group)
    command = found.get_command(ctx, name)
    assert command is not None
    return command


def model_option(function: F) -> F:
    """Add ``--model``: another model than the one inside the package."""
    return click.option(
        "--model", type=click.Path(path_type=Path), metavar="FILE", help="Another model's .onnx file."
    )(function)


def facets_option(function: F) -> F:
    """Add ``--facets``: files with facets beyond those of segue."""
    return click.option(
        "--facets", multiple=True, metavar="FILE", help="A Python file with more facets; may be given again."
    )(function)
