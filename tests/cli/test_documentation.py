"""A command or option that docs/reference/commands.md does not mention is not finished."""

from pathlib import Path

import click
import pytest

from segue.cli.main import segue

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "commands.md").read_text(
    encoding="utf-8"
)
COMMANDS = segue.list_commands(click.Context(segue))


def section(name):
    start = PAGE.index(f"## segue {name}")
    end = PAGE.find("\n## ", start + 1)
    return PAGE[start : end if end > 0 else None]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_in_its_commands_section(name):
    command = segue.get_command(click.Context(segue), name)
    parts = [command, *getattr(command, "commands", {}).values()]
    for part in parts:
        assert part.help
        for parameter in part.params:
            if isinstance(parameter, click.Option):
                assert any(f"`{option}" in section(name) for option in parameter.opts), parameter.opts
                assert parameter.help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_a_group_is_shown_in_its_section(name):
    for inner in getattr(segue.get_command(click.Context(segue), name), "commands", {}):
        assert f"`segue {name} {inner}" in section(name)


def test_every_documented_command_exists():
    documented = [line.split()[2] for line in PAGE.splitlines() if line.startswith("## segue ")]
    assert sorted(documented) == sorted(COMMANDS)
