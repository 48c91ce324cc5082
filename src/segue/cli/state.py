"""`segue failures`, `segue stats` and `segue doctor`: what there is and whether it is well."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segue.cli.options import facets_option, json_option, library_option, model_option
from segue.cli.show import print_document, say


@click.command()
@library_option
@json_option
def failures(library: str | None, as_json: bool) -> None:
    """List the files that could not be analysed, where each stopped and why."""
    from segue.service.state import recorded_failures

    found = recorded_failures(library)
    if as_json:
        print_document(list(found))
        return
    for failure in found:
        say(failure.path)
        say(f"  {failure.stage}: {failure.cause}")
    if not found:
        say("No failures.")


@click.command()
@model_option
@facets_option
@library_option
@json_option
def stats(model: Path | None, facets: tuple[str, ...], library: str | None, as_json: bool) -> None:
    """Count what the library holds, and what the next scan would add."""
    from segue.encode import document
    from segue.service.state import library_stats

    numbers = document(library_stats(library, model=model, facets=facets))
    if as_json:
        print_document(numbers)
        return
    for name, value in numbers.items():
        if name == "genres":
            for genre, count in value.items():
                say(f"  {count:8d}  {genre}")
        else:
            text = (
                ", ".join(f"{key}: {n}" for key, n in value.items())
                if isinstance(value, dict)
                else str(value)
            )
            say(f"{name:14} {text}")


@click.command()
@library_option
@json_option
def doctor(library: str | None, as_json: bool) -> None:
    """Check versions, decoders at hand, the model and the library; exit status 1 when something is wrong."""
    from segue.encode import document
    from segue.service.doctor import examine

    report = examine(library)
    if as_json:
        print_document(report)
    else:
        for section, values in document(report).items():
            say(f"{section}:")
            lines = (
                values.items()
                if isinstance(values, dict)
                else [(problem, "") for problem in values or ["none"]]
            )
            for name, value in lines:
                say(f"  {name:20} {value}".rstrip())
    sys.exit(1 if report.problems else 0)
