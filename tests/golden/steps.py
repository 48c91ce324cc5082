"""The commands whose JSON is kept, in the order in which they are run: each finds what those before left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.golden.material import write_piece
from tests.songs import write_song

LIBRARY = ("--library", "library.db")
COMMANDS = (
    "scan",
    "genres",
    "like",
    "info",
    "history import",
    "history list",
    "history forget",
    "failures",
    "stats",
    "doctor",
    "datasets list",
    "datasets info",
    "datasets fetch",
    "datasets verify",
    "datasets audit",
    "datasets leaks",
    "compare",
    "grade",
    "audit",
    "train",
    "evaluate",
    "reproduce paper",
)
WARM = "random,popularity,itemknn,ease,content,content:shuffled,hybrid"
COLD = "random,artist-popularity,content,content-to-cf"


@dataclass(frozen=True, slots=True)
class Step:
    """One run of `segue`, kept in ``FILE.json`` under ``name``.

    ``before`` changes the folder first; ``keeps`` are text files the run writes, kept line by line;
    ``needs`` are packages without which the step is left out.
    """

    file: str
    name: str
    words: tuple[str, ...]
    before: Callable[[Path], object] | None = None
    keeps: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def _steps() -> list[Step]:
    steps: list[Step] = []

    def add(file: str, name: str, *words: str, **more: object) -> None:
        steps.append(Step(file, name, words, **more))  # type: ignore[arg-type]

    def library(file: str, name: str, *words: str, **more: object) -> None:
        add(file, name, *words, *LIBRARY, "--json", **more)

    # Nothing is there yet: every command says so by its exit status.
    library("errors", "stats without a library", "stats")
    library("errors", "like without a library", "like", "music/Disco/1.flac")
    library("errors", "history list without a library", "history", "list")
    library("doctor", "without a library", "doctor")

    library("scan", "first", "scan", "music", "--jobs", "1")
    library("scan", "again", "scan", "music", "--jobs", "1")
    library("stats", "after the first scan", "stats")
    library("failures", "after the first scan", "failures")
    library("doctor", "with a library", "doctor")

    genres = ("music/Disco/1.flac", "music/Metal/1.wav", "music/odd/silence.wav", "music/odd/short.wav")
    add("genres", "several files", "genres", *genres, "--json")
    broken = ("music/Disco/1.flac", "music/odd/no music.mp3", "music/odd/cut.mp3", "gone.flac")
    add("genres", "timeline, some broken", "genres", *broken, "--timeline", "--json")
    add("genres", "all windows", "genres", "music/Classical/1.flac", "--windows", "all", "--json")
    for file in ("music/Reggae/1.flac", "music/odd/silence.wav", "music/odd/half.wav", "music/odd/copy.flac"):
        library("info", file, "info", file)
    library("info", "not in the library", "info", "labelled/disco/2.wav")

    library("history", "import a folder", "history", "import", "playlists")
    library("history", "import one list", "history", "import", "playlists/odd.m3u8", "--name", "Odd")
    library(
        "history", "import last.fm", "history", "import", "lastfm.csv", "--kind", "lastfm", "--name", "me"
    )
    library("history", "list", "history", "list")
    add("history", "forget", "history", "forget", "Odd", *LIBRARY)
    library("history", "list after forgetting", "history", "list")

    one, two, three = "music/Disco/1.flac", "music/Metal/1.wav", "music/tunes/03.flac"
    library("like", "one seed", "like", one)
    library("like", "three", "like", one, "-n", "3")
    library("like", "two by artist, by default", "like", three, "-n", "30")
    library("like", "no limit by artist", "like", three, "-n", "30", "--per-artist", "0")
    library("like", "one by artist", "like", three, "--per-artist", "1")
    library("like", "several seeds", "like", one, two, three, "-n", "5")
    library("like", "a seed outside the library", "like", "outside.flac", "-n", "5", before=_outside)
    library("like", "a copy as seed", "like", "music/odd/other format.mp3", "-n", "5")
    library("like", "playlist", "like", two, "-n", "4", "--m3u", "next.m3u8", keeps=("next.m3u8",))
    for by in ("cf", "hybrid", "all"):
        library("like", f"by {by}", "like", one, "--by", by, "-n", "5")
        library(
            "like", f"by {by}, several seeds", "like", one, three, "--by", by, "-n", "5", "--per-artist", "0"
        )
    same = ("--by", "same-genre", "-n", "5")
    jazz = ("music/tunes/05.flac", "music/tunes/07.flac")  # as the network has it, and no close call
    library("like", "by same-genre", "like", jazz[0], *same)
    library("like", "by same-genre, another draw", "like", jazz[0], *same, "--seed", "3")
    library("like", "by same-genre, several seeds", "like", *jazz, *same)
    library("like", "by same-genre, nothing else", "like", two, *same)
    labelled = ("--dataset", "labelled", "-n", "3", "--json")
    add(
        "like",
        "by same-genre in a dataset",
        "like",
        "music/Classical/1.flac",
        "--by",
        "same-genre",
        *labelled,
    )

    library("grade", "playlists", "grade", "--seeds", "2", "--out", "graded", needs=("implicit",))
    library("grade", "albums", "grade", "--lists", "album", "--seeds", "1", "--out", "graded-albums")
    more = ("--data", "interactions", "--seeds", "1", "--out", "graded-set")
    add("grade", "a set", "grade", "--dataset", "mpd-audio", *more, "--json", needs=("implicit", "polars"))
    compare = ("compare", "mpd-audio", "--data", "interactions", "--out", "compared", "--json")
    cf = ("implicit", "polars")
    add("compare", "warm", *compare, "--models", WARM, "--seeds", "2", needs=cf)
    add("compare", "cold", *compare, "--protocol", "cold", "--models", COLD, "--seeds", "1", needs=cf)

    add("audit", "library", "audit", "library.db", "--jobs", "1", "--json")
    more = ("--csv", "found.csv", "--exclusions", "out.txt", "--page", "found.html", "--cache", "a.cache")
    keeps = {"keeps": ("out.txt",)}
    add(
        "audit", "labelled folder", "audit", "labelled", "--labelled", *more, "--jobs", "1", "--json", **keeps
    )
    add("audit", "high only", "audit", "library.db", "--min-severity", "high", "--jobs", "1", "--json")

    more = ("--protocol", "track-random", "--cache", "a.cache", "--jobs", "1", "--json")
    add("audit", "dataset", "datasets", "audit", "folder", "labelled", *more)

    add("datasets", "list", "datasets", "list", "--json")
    add("datasets", "info gtzan", "datasets", "info", "gtzan", "--json")
    add("datasets", "info of a folder", "datasets", "info", "labelled", "--json")
    add("datasets", "info of a table", "datasets", "info", "labelled.csv", "--json")
    add("datasets", "verify", "datasets", "verify", "labelled", "labelled", "--json")
    add("datasets", "leaks, random", *_leaks("track-random"))
    add("datasets", "leaks, by artist", *_leaks("artist-kfold"))
    data = ("--data", "labelled", "--json")
    add("evaluate", "every track", "evaluate", "segue-s-v1", "--protocol", "all", *data)
    add(
        "evaluate",
        "with exclusions",
        "evaluate",
        "segue-s-v1",
        "--protocol",
        "all",
        "--exclude",
        "out.txt",
        *data,
    )
    train = ("train", "--data", "two", "--out", "run", "--config", "tiny.toml", "--protocol", "track-random")
    torch = {"needs": ("torch", "onnx", "safetensors")}
    add("train", "tiny", *train, "--json", **torch)
    add("train", "evaluate the run", "evaluate", "run", "--json", **torch)
    add("train", "genres by the run's model", "genres", one, "--model", "run/tiny.onnx", "--json", **torch)

    library("scan", "after changes", "scan", "music", "--jobs", "1", before=_change)
    library("scan", "with more effort", "scan", "music/Reggae", "--jobs", "1", "--windows", "all")
    library("scan", "retry", "scan", "music/odd", "--jobs", "1", "--retry", "--no-loudness")
    library("scan", "a path that is not there", "scan", "music/Disco", "nowhere", "--jobs", "1")
    library(
        "scan", "forget what is missing", "scan", "music", "--forget-missing", "--jobs", "1", before=_forget
    )
    library("stats", "at the end", "stats")
    library("failures", "at the end", "failures")
    add("stats", "library before the command", *LIBRARY, "stats", "--json")
    add("stats", "library by the environment", "stats", "--json", before=_name_library)

    for words in (
        "like music/Disco/1.flac --by nonsense --library library.db --json",
        "like music/Disco/1.flac --seed 1 --library library.db --json",
        "like gone.flac --library library.db --json",
        "like --json",
        "info gone.flac --library library.db --json",
        "scan --json",
        "nonsense",
        "stats --nonsense",
        "history forget Nobody --library library.db",
        "history import gone --library library.db --json",
        "datasets info nonsense --json",
        "datasets leaks labelled labelled --protocol nonsense --json",
        "evaluate nonsense --json",
        "compare nonsense --data interactions --json",
        "compare mpd-audio --data interactions --models nonsense --json",
        "grade --lists playlist --library nowhere.db --json",
        "audit nonsense --json",
        "genres music/Disco/1.flac --model gone.onnx --json",
        "train --data gone --out run2",
        "stats --library playlists/odd.m3u8 --json",
    ):
        add("errors", words, *words.split())
    for command in ("", *COMMANDS):
        add("help", command or "segue", *command.split(), "--help")
    add("help", "version", "--version")
    return steps


def _leaks(protocol: str) -> tuple[str, ...]:
    return ("datasets", "leaks", "labelled", "labelled", "--protocol", protocol, "--json")


def _outside(folder: Path) -> None:
    write_piece(folder / "outside.flac", "Disco", 4)


def _change(folder: Path) -> None:
    """One file moves, one goes, one is new, one gets other audio, one that failed is mended."""
    music = folder / "music"
    (music / "moved").mkdir()
    (music / "Metal" / "4.flac").rename(music / "moved" / "four.flac")
    (music / "tunes" / "13.flac").unlink()
    write_song(music / "tunes" / "new.flac", 8.0, 400, title="New")
    write_song(music / "tunes" / "12.flac", 8.0, 401, title="Another")
    write_song(music / "odd" / "empty.ogg", 8.0, 402, title="Mended")


def _forget(folder: Path) -> None:
    shutil.rmtree(folder / "music" / "Hip-Hop")


def _name_library(folder: Path) -> None:
    os.environ["SEGUE_LIBRARY"] = str(folder / "library.db")  # undone with the rest of the environment


STEPS = tuple(_steps())
FILES = tuple(dict.fromkeys(step.file for step in STEPS))
