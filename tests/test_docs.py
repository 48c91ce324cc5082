"""What the pages say is true: their Python runs and prints what they show, their links lead somewhere, and
the commands they name exist.

A page's blocks run from top to bottom in one namespace, in a folder with a song and a scanned library. Where a
block says ``print(...)  # text``, that is what it must print.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from segue.cli.main import segue
from segue.service.scan import ScanSettings, scan_folders
from tests.songs import write_song

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "results" not in page.parts)
LINKING = [page for page in (REPOSITORY / "README.md", *PAGES) if page.exists()]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`(segue [^`]+)`")
_SHOWN = re.compile(r"^\s*print\(.*\)  # (.+)$")

every_page = pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)


def blocks(page: Path, language: str | None = None) -> Iterator[tuple[int, str]]:
    """First line number and text of each fenced block, of one language or of all."""
    text = page.read_text(encoding="utf-8")
    for fence in _FENCE.finditer(text):
        if language in (None, fence[1]):
            yield text[: fence.start(2)].count("\n") + 1, fence[2]


def outside_blocks(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def listening_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with song.flac, some more music, and library.db, which knows all of it."""
    folder = tmp_path_factory.mktemp("docs")
    write_song(folder / "song.flac", 40.0, 1, title="One", artist="Ann")
    music = folder / "music"
    write_song(music / "copy.mp3", 40.0, 1, title="One", artist="Ann")
    write_song(music / "three.flac", 20.0, 3, title="Three", artist="Cleo")
    write_song(music / "two.ogg", 20.0, 2, title="Two", artist="Bob")
    write_song(music / "untagged.wav", 20.0, 4)
    (music / "renamed.flac").write_bytes((folder / "song.flac").read_bytes())
    (music / "broken.mp3").write_text("This is no music.\n")
    scan_folders([str(folder)], library=folder / "library.db", settings=ScanSettings(jobs=1))
    for name in (
        "high/a.flac",
        "high/b.ogg",
        "low/c.wav",
    ):  # folders of labels, which the library does not know
        write_song(folder / "genres" / name, 8.0, artist="Dee")
    (folder / "genres" / "low" / "broken.mp3").write_text("This is no music.\n")
    return folder


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(blocks(page, "python"))], ids=lambda page: page.name
)
def test_its_python_runs_and_prints_what_it_shows(page, listening_room, monkeypatch):
    monkeypatch.chdir(listening_room)
    printed: dict[int, list[str]] = {}

    def note(*values: object) -> None:
        printed.setdefault(sys._getframe(1).f_lineno, []).append(" ".join(map(str, values)))

    namespace = {"__name__": "page", "print": note}
    for first_line, code in blocks(page, "python"):
        # Line numbers of the page, so that a traceback points into it.
        exec(compile("\n" * (first_line - 1) + code, str(page), "exec"), namespace)
    lines = page.read_text(encoding="utf-8").splitlines()
    shown = {n: [match[1]] for n, line in enumerate(lines, 1) if (match := _SHOWN.match(line))}
    assert shown, "a page whose Python shows nothing cannot be found wrong"
    assert {n: printed.get(n) for n in shown} == shown


@every_page
def test_its_links_lead_to_files_and_headings(page):
    broken = []
    for target in _LINK.findall(outside_blocks(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in links: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", outside_blocks(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_its_commands_and_their_options_exist(page):
    shown = [
        line.removeprefix("$ ")
        for _, code in blocks(page)
        for line in code.splitlines()
        if line.startswith("$ segue ")
    ]
    wrong = {line: reason for line in shown + _SPAN.findall(outside_blocks(page)) if (reason := fault(line))}
    assert not wrong


def fault(line: str) -> str | None:
    """Why ``segue`` would not understand the words of ``line``, or None; nothing is run."""
    words = shlex.split(re.split(r"[|>;&]", line)[0], comments=True)[1:]
    context = click.Context(segue)
    known = options_of(segue)
    command: click.Command | None = None
    while words:
        word, *words = words
        if word.startswith("-") and len(word) > 1:
            name, _, value = word.partition("=")
            if name not in known:
                return f"no option {name}"
            if known[name] and not value:
                words = words[1:]
        elif command is None:
            command = segue.get_command(context, word)
            if command is None:
                return f"no command {word}"
            known = options_of(command)
        elif isinstance(command, click.Group):
            group, command = command, command.get_command(context, word)
            if command is None:
                return f"no command {group.name} {word}"
            known = options_of(command)
    return None


def options_of(command: click.Command) -> dict[str, bool]:
    """Every option of a command, by each of its names, and whether a value follows it."""
    found = {"-h": False, "--help": False}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            takes_value = not (parameter.is_flag or parameter.count)
            found |= dict.fromkeys((*parameter.opts, *parameter.secondary_opts), takes_value)
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("segue --library x.db like song.mp3 -n 5 --json | head", None),
        ("segue scan ~/Music --jobs=2  # with --nonsense", None),
        ("segue likes song.mp3", "no command likes"),
        ("segue like song.mp3 --jobs 2", "no option --jobs"),
        ("segue history import x.m3u --kind playlists", None),
        ("segue history import x.m3u --jobs 2", "no option --jobs"),
        ("segue history export x", "no command history export"),
        ("segue --json stats", "no option --json"),
        ("segue scan --library --help x", None),
    ],
)
def test_the_reader_of_commands_tells_right_from_wrong(line, expected):
    assert fault(line) == expected


def test_the_index_lists_every_page_and_every_result():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = set(_LINK.findall(index))
    here = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"README.md"}
    assert here <= linked
