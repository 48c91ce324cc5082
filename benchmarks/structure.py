"""How much of segue one question goes through: functions and files entered, opens and bytes a file, size, start-up.

    python -m benchmarks.structure [--source SRC] [--out FILE] [--before FILE]

Everything is measured in fresh processes of ``python -m segue``, so nothing here knows how segue is built:

- *entered*: functions (code that is called, told apart by file and qualified name; not modules, class bodies,
  lambdas or comprehensions) and files of the package of which at least one was entered, in the command's process
  and its workers, by ``sys.setprofile``. "while running" leaves out what was entered while modules were being
  imported (decorators and options of the command line).
- *opens*: ``open`` events of the music file (an audit hook); *bytes read*: as the system counts them where strace is
  installed, for each open; else by Python's file objects, below their buffers, which leaves out what a
  library reads through a descriptor of its own.
- *source*: files and lines below the package, ``dict[str, Any]``, files that one other file imports.
- *start-up*: user and system CPU seconds of fresh processes, smallest and median of several.

``--source`` names another checkout's ``src``; ``--before`` a file that an earlier run wrote, to print both.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

SOURCE = Path(__file__).resolve().parents[1] / "src"
RUNS = 9
SECONDS = 12.0
RATE_HZ = 22_050
WATCH = Path(__file__).with_name("watch")  # its sitecustomize.py is loaded by the command and its workers


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description="Measure what one question goes through.")
    parser.add_argument("--source", type=Path, default=SOURCE, help="another checkout's src")
    parser.add_argument("--out", type=Path, help="also write the figures to this file (JSON)")
    parser.add_argument("--before", type=Path, help="figures of an earlier run, to print beside these")
    args = parser.parse_args()
    found = measured(args.source.resolve())
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    before = json.loads(args.before.read_text(encoding="utf-8")) if args.before else {}
    for name, value in found.items():
        old = f"  (before: {before[name]})" if name in before else ""
        print(f"{name:55} {value}{old}")


def measured(source: Path) -> dict[str, Any]:
    """Every figure of the package below ``source``, by name."""
    found = of_source(source / "segue")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        seeds = [_song(folder / "music" / f"{n}.{kind}", n) for n, kind in enumerate(("mp3", "ogg", "flac"))]
        _segue(source, folder, "scan", "music", "--jobs", "1", "--library", "library.db", "--json")
        like = ("like", str(seeds[0]), "--library", "library.db", "--json")
        found |= _entered("like", _watched(source, folder, seeds[0], "functions", *like))
        found |= _files("like", _watched(source, folder, seeds[0], "files", *like), seeds[0])
        for seed in seeds:
            kind = seed.suffix[1:]
            words = ("scan", str(seed), "--jobs", "1", "--library")
            found |= _entered(
                f"scan of one {kind}", _watched(source, folder, seed, "functions", *words, f"{kind}1.db")
            )
            found |= _files(
                f"scan of one {kind}", _watched(source, folder, seed, "files", *words, f"{kind}2.db"), seed
            )
            found |= _by_strace(f"scan of one {kind}", source, folder, seed, *words, f"{kind}3.db")
        for name, words in (
            ("segue --help", ["-m", "segue", "--help"]),
            ("import segue", ["-c", "import segue"]),
        ):
            found |= _start_up(name, source, folder, words)
        found |= _start_up("python alone", source, folder, ["-c", "pass"])
    return found


def of_source(package: Path) -> dict[str, Any]:
    """Files, lines, untyped documents and single importers of a package."""
    modules = {_name_of(path, package): path for path in sorted(package.rglob("*.py"))}
    texts = {name: path.read_text(encoding="utf-8") for name, path in modules.items()}
    importers = Counter[str]()
    for name, text in texts.items():
        is_package = modules[name].name == "__init__.py"
        importers.update(_imported(text, name if is_package else name.rpartition(".")[0], modules) - {name})
    lengths = [len(text.splitlines()) for text in texts.values()]
    return {
        "files": len(texts),
        "lines": sum(lengths),
        "longest file, lines": max(lengths),
        "files of more than 300 lines": sum(n > 300 for n in lengths),
        "files of fewer than 30 lines": sum(n < 30 for n in lengths),
        "dict[str, Any]": sum(text.count("dict[str, Any]") for text in texts.values()),
        "files with a single importer": sum(
            importers[name] == 1 for name, path in modules.items() if path.name != "__init__.py"
        ),
    }


def _name_of(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(text: str, package: str, modules: dict[str, Path]) -> set[str]:
    """The modules of the package that a source imports, wherever the statement stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            names.update({base, *(f"{base}.{alias.name}" for alias in node.names)})
    return names & modules.keys()


def _song(path: Path, seed: int) -> Path:
    """Twelve seconds of chords over a beat, of a seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    notes = sum(np.sin(2 * np.pi * 110.0 * 2 ** (step / 12) * t) for step in rng.choice(24, 4, replace=False))
    beat = rng.normal(0, 0.3, len(t)) * np.exp(-(t % 0.5) * 20)
    path.parent.mkdir(exist_ok=True)
    kind, subtype = {
        ".mp3": ("MP3", "MPEG_LAYER_III"),
        ".ogg": ("OGG", "VORBIS"),
        ".flac": ("FLAC", "PCM_16"),
    }[path.suffix]
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, subtype, format=kind) as file:
        file.artist, file.title = f"Artist {seed}", f"Title {seed}"
        file.write((0.1 * notes + 0.5 * beat).astype(np.float32))
    return path


def _segue(source: Path, folder: Path, *words: str, python_path: str = "", **more: str) -> None:
    path = os.pathsep.join(filter(None, [python_path, str(source)]))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **more}
    done = subprocess.run(
        [sys.executable, "-m", "segue", *words], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"segue {' '.join(words)}: exit status {done.returncode}\n{done.stderr}")


def _watched(source: Path, folder: Path, song: Path, what: str, *words: str) -> list[list[str]]:
    """What the watch noted while one command ran: lines of words."""
    log = folder / "log"
    log.write_bytes(b"")
    _segue(
        source,
        folder,
        *words,
        python_path=str(WATCH),
        WATCH_LOG=str(log),
        WATCH_PACKAGE=str(source / "segue"),
        WATCH_SONG=str(song),
        WATCH_WHAT=what,
    )
    return [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]


def _entered(name: str, noted: list[list[str]]) -> dict[str, int]:
    running = {(file, function) for when, file, function in noted if when == "running"}
    either = {(file, function) for _, file, function in noted}
    return {
        f"{name}: functions entered while running": len(running),
        f"{name}: files entered while running": len({file for file, _ in running}),
        f"{name}: functions entered, with importing": len(either),
        f"{name}: files entered, with importing": len({file for file, _ in either}),
    }


def _files(name: str, noted: list[list[str]], song: Path) -> dict[str, Any]:
    n_bytes = sum(int(words[1]) for words in noted if words[0] == "read")
    return {
        f"{name}: opens": sum(words[0] == "open" for words in noted),
        f"{name}: times the file's bytes read, by Python's files": round(n_bytes / song.stat().st_size, 2),
    }


def _by_strace(name: str, source: Path, folder: Path, song: Path, *words: str) -> dict[str, Any]:
    """The bytes read at each open of the song, over its size, as the system saw them; nothing without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return {}
    log = folder / "strace"
    command = [strace, "-f", "-qq", "-y", "-e", "trace=openat,read,pread64", "-o", str(log)]
    environment = {**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}
    command += [sys.executable, "-m", "segue", *words]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    opened: list[int] = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if str(song) not in line:
            continue
        if "openat(" in line:
            opened.append(0)
        elif opened and (n := re.search(r"= (\d+)$", line.strip())):
            opened[-1] += int(n[1])
    size = song.stat().st_size
    return {
        f"{name}: times the file's bytes read": round(sum(opened) / size, 2),
        f"{name}: of these at each open": [round(n / size, 2) for n in opened],
    }


def _start_up(name: str, source: Path, folder: Path, words: list[str]) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}
    times = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {
        f"{name}: CPU s, smallest": round(min(times), 3),
        f"{name}: CPU s, median": round(statistics.median(times), 3),
    }


if __name__ == "__main__":
    main()
