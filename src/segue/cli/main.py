"""The command `segue` and what all its subcommands share."""

from __future__ import annotations

import codecs
import importlib
import os
import signal
import sys

import click

from segue import __version__

# Each command lives in a module of its own, imported only when it is used or its help is asked for.
_COMMANDS = {
    "scan": ("segue.cli.scan", "Read music folders into the library."),
    "genres": ("segue.cli.genres", "Name the genres of files."),
    "like": ("segue.cli.like", "List what fits next after some songs."),
    "info": ("segue.cli.info", "Show all that segue heard in one file."),
    "history": ("segue.cli.history", "Bring in your playlists and listening history."),
    "failures": ("segue.cli.state", "List the files that could not be analysed, and why."),
    "stats": ("segue.cli.state", "Count what the library holds."),
    "doctor": ("segue.cli.state", "Check versions, decoders, model and library."),
    "datasets": ("segue.research.cli.datasets", "Check research data, and your own."),
    "reproduce": ("segue.research.cli.reproduce", "Run published experiments again."),
    "compare": ("segue.research.cli.compare", "Compare recommenders on a set of listeners or playlists."),
    "grade": ("segue.cli.grade", "Grade recommenders on your own playlists, albums or history."),
    "audit": ("segue.cli.audit", "Find faults, copies, suspicious labels and leaks in your music or data."),
    "train": ("segue.research.cli.train", "Train a model (needs the extra 'train')."),
    "evaluate": ("segue.research.cli.evaluate", "Measure a model on a dataset, and look for leaks."),
}


class _Commands(click.Group):
    """Lists all commands without importing them, so that help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[name][0])
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="segue")
@click.option("--library", metavar="FILE", help="Library file; default $SEGUE_LIBRARY or your data folder.")
@click.pass_context
def segue(ctx: click.Context, library: str | None) -> None:
    """Hear what music sounds like: name genres, find what fits next.

    Start with `segue scan ~/Music`, then `segue like SONG`.
    """
    ctx.obj = library


def main() -> None:
    """Run the command line; every outcome ends in an exit status, none in a traceback of the user's mistake.

    0: done; 1: could not be done, or whoever read the output went away; 2: words not understood; 3: done, but some files failed; 130: stopped.
    """
    _open_what_the_caller_closed()
    from segue.errors import SegueError

    codecs.register_error("segue", _whatever_the_terminal)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="segue")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as clean an end as Ctrl-C
    try:
        segue.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SegueError as error:
        click.echo(f"segue: {error}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("segue: stopped; what was finished is kept.", err=True)
        sys.exit(130)
    except OSError as error:
        # Nobody to print to, no room for what is printed, no working directory: the system's word is all there is.
        click.echo(f"segue: the system refused ({error}).", err=True)
        sys.exit(1)


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
