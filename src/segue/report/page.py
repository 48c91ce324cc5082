"""Pages from Jinja2 templates with one style sheet, and tables for HTML and Markdown.

A template ``NAME.html`` extends ``base.html`` and fills its block ``main``; everything put into an HTML template is
escaped. A template ``NAME.md`` is Markdown. A page needs nothing beside itself: the style sheet and figures are
inside, and it loads nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segue import __version__
from segue.files import OutputKind
from segue.text import visible

if TYPE_CHECKING:
    from jinja2 import Environment

    from segue.report.plots import Figure

TEMPLATES = Path(__file__).with_name("templates")
# Every page extends base.html, which begins so.
PAGE = OutputKind(
    "page",
    rb'<!doctype html>\s+<html lang="en">\s+<head>\s+<meta charset="utf-8">\s+<meta name="generator" content="segue',
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text whose first column names a row; ``numeric``: all others hold numbers and stand right.

    ``notes`` explain columns, one text each.
    """

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    numeric: bool = True


def render(template: str, /, **values: Any) -> str:
    """Return the text of ``templates/TEMPLATE`` with these values.

    Control characters, bidirectional control characters and undecodable bytes in values are shown escaped. Raises
    jinja2.UndefinedError where a template uses a name that is not given.
    """
    return _environment().get_template(template).render(values)


def markdown_table(heading: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: bool = True) -> str:
    """Return a Markdown table; the empty string where there are no rows.

    ``numeric``: columns but the first stand right. A bar in a cell is escaped, and a line break becomes a blank.
    """
    if not rows:
        return ""
    lines = [[_cell(cell) for cell in row] for row in (heading, *rows)]
    rule = "|---|" + ("---:|" if numeric else "---|") * (len(heading) - 1)
    shown = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([shown[0], rule, *shown[1:]])


def svg_source(figure: Figure) -> str:
    """Return a figure as the source of an image that needs no file."""
    return "data:image/svg+xml;base64," + base64.b64encode(figure.svg.encode("utf-8")).decode("ascii")


def shown(value: object) -> object:
    """Return text as a page can hold it, anything else as it is; see `render`."""
    marked = hasattr(value, "__html__")  # HTML of a macro, whose values were shown when it was made
    if not isinstance(value, str) or marked:
        return value
    text = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return "\n".join(visible(line) for line in text.split("\n"))


def _cell(text: str) -> str:
    return " ".join(text.split("\n")).replace("|", "\\|")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["version"] = __version__
    environment.filters["markdown_table"] = lambda table: markdown_table(
        table.heading, table.rows, numeric=table.numeric
    )
    environment.filters["svg_source"] = svg_source
    return environment
