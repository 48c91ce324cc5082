"""The command `segue` and what all its subcommands share."""

from __future__ import annotations

import codecs
import importlib
import os
import signal
import sys
from dataclasses import dataclass

import click

from segue import __version__


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives and what its line in the help says; its module is imported only when it is used."""

    module: str
    summary: str


# Commands by the question a person has. The research commands are named here as text and imported nowhere else.
GROUPS: dict[str, dict[str, Entry]] = {
    "Your music": {
        "scan": Entry("segue.cli.scan", "Read music folders into the library."),
        "genres": Entry("segue.cli.genres", "Name the genres of files."),
        "like": Entry("segue.cli.like", "List what fits next after some songs."),
        "info": Entry("segue.cli.info", "Show everything known about one file."),
        "audit": Entry("segue.cli.audit", "Find damaged, duplicate and mislabelled files."),
        "failures": Entry("segue.cli.state", "List the files that could not be analysed, and why."),
        "stats": Entry("segue.cli.state", "Count what the library holds."),
        "doctor": Entry("segue.cli.state", "Check versions, decoders, model and library."),
    },
    "Your lists": {
        "history": Entry("segue.cli.history", "Import playlists and listening histories."),
        "grade": Entry("segue.cli.grade", "Measure recommenders on your own playlists, albums or history."),
    },
    "Measure": {
        "evaluate": Entry(
            "segue.research.cli.evaluate", "Measure a genre model on a data set, and look for leaks."
        ),
        "compare": Entry(
            "segue.research.cli.compare", "Compare recommenders on a set of listeners or playlists."
        ),
    },
    "Research": {
        "datasets": Entry(
            "segue.research.cli.datasets", "Fetch, check and divide data sets, research or your own."
        ),
        "train": Entry("segue.research.cli.train", "Train a model (needs the extra 'train')."),
        "reproduce": Entry("segue.research.cli.reproduce", "Run published experiments again."),
    },
}
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}


class _Commands(click.Group):
    """Lists all commands without importing them, so that help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[name].module)
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, COMMANDS))
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), entry.summary) for name, entry in group.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="segue")
@click.option("--library", metavar="FILE", help="Library file; default $SEGUE_LIBRARY or your data folder.")
@click.pass_context
def segue(ctx: click.Context, library: str | None) -> None:
    """Name the genres of audio files, find what fits next in a music library, and measure how good the picks are.

    Start with `segue scan ~/Music`, then `segue like SONG`.
    """
    ctx.obj = library


def main() -> None:
    """Run the command line; every outcome ends in an exit status, none in a traceback of the user's mistake.

    0: done; 1: could not be done, or whoever read the output went away; 2: words not understood; 3: done, but some files failed; 130: stopped.
    """
    _open_what_the_caller_closed()
    from segue.errors import SegueError
    from segue.text import visible

    codecs.register_error("segue", _whatever_the_terminal)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="segue")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as clean an end as Ctrl-C
    try:
        segue.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        # It quotes what was typed. Click calls the attribute final, and has no other way to escape it.
        error.message = "\n".join(map(visible, error.message.split("\n")))  # type: ignore[misc]
        error.show()
        sys.exit(error.exit_code)
    except SegueError as error:
        _warn(str(error))
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        _warn("stopped; what was finished is kept.")
        sys.exit(130)
    except OSError as error:
        # Nobody to print to, no room for what is printed, no working directory: the system's word is all there is.
        _warn(f"the system refused ({error}).")
        sys.exit(1)


def _warn(text: str) -> None:
    from segue.cli.show import warn  # only now: help needs none of it

    warn(text)


def _open_what_the_caller_closed() -> None:
    """Put the null device where standard streams are missing, as under some cron and service managers.

    Else the next file opened, a database say, would get the number that worker processes write their errors to.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            os.set_inheritable(null, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))


def _whatever_the_terminal(error: UnicodeError) -> tuple[str | bytes, int]:
    """Print any name on any terminal: odd bytes as the bytes they are, letters it lacks as escapes."""
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    if all("\udc80" <= c <= "\udcff" for c in lost):
        return lost.encode("ascii", "surrogateescape"), error.end
    return lost.encode("ascii", "backslashreplace").decode(), error.end
