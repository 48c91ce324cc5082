"""Run the steps in one folder, in this process, and return what each printed and how it ended."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

from tests.golden.steps import FILES, STEPS, Step

SKIPPED = "skipped"
_OPTION = re.compile(r"(?<![\w-])--[a-z0-9][a-z0-9-]*")


def run_steps(folder: Path, files: Collection[str] = FILES) -> dict[str, dict[str, Any]]:
    """Return, for each golden file of ``files``, what each of its steps gave.

    A step gives ``{"command", "exit", "document"}``: the JSON it printed, null where it printed nothing. Where it
    wrote text files that are kept, ``"files"`` has their lines. A step that raised has ``"crash"``; one whose
    packages are missing is the word ``SKIPPED``.
    """
    found: dict[str, dict[str, Any]] = {}
    with _settled(folder):
        for step in (one for one in STEPS if one.file in files):
            found.setdefault(step.file, {})[step.name] = _run(step, folder)
    return found


def _run(step: Step, folder: Path) -> Any:
    missing = [name for name in step.needs if find_spec(name) is None]
    if missing:
        return SKIPPED
    if step.before is not None:
        step.before(folder)
    out, err, code, crash = call(step.words)
    result: dict[str, Any] = {"command": " ".join(step.words), "exit": code}
    if crash:
        result["crash"] = crash
    elif "--help" in step.words:
        result["options"] = sorted(set(_OPTION.findall(out)))
    elif "--json" in step.words:
        try:
            result["document"] = json.loads(out) if out.strip() else None
        except ValueError:
            result["crash"] = f"no JSON: {out[:500]}"
    if code == 1 and "--json" in step.words and not crash:
        result["says why"] = bool(err.strip()) or bool(out.strip())
    if step.keeps:
        result["files"] = {name: _lines(folder / name) for name in step.keeps}
    return _relative(result, folder)


def _lines(path: Path) -> list[str] | None:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else None


def call(words: tuple[str, ...]) -> tuple[str, str, int, str | None]:
    """Return standard output, standard error, exit status and the traceback, if any, of `segue WORDS`."""
    main = importlib.import_module("segue.__main__").main
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code, crash = 0, None
    handler = signal.getsignal(signal.SIGTERM)
    with mock.patch.multiple(sys, argv=["segue", *words], stdout=out, stderr=err):
        try:
            main()
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else int(done.code is not None)
        except Exception:  # noqa: BLE001  a crash is a result here: it fails its own file only
            crash = traceback.format_exc()
        finally:
            signal.signal(signal.SIGTERM, handler)
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    return texts[0], texts[1], code, crash


@contextmanager
def _settled(folder: Path) -> Iterator[None]:
    """Work in ``folder``, with caches and data of its own and a wide terminal."""
    ours = {
        "XDG_CACHE_HOME": str(folder / ".cache"),
        "XDG_DATA_HOME": str(folder / ".data"),
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    before = Path.cwd()
    with mock.patch.dict(os.environ, ours):
        os.environ.pop("SEGUE_LIBRARY", None)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _relative(value: Any, folder: Path) -> Any:
    """The same value with every path relative to the folder, so that it does not matter where that is."""
    if isinstance(value, dict):
        return {_relative(key, folder): _relative(one, folder) for key, one in value.items()}
    if isinstance(value, list):
        return [_relative(one, folder) for one in value]
    if isinstance(value, str):
        for path in {str(folder), str(folder.resolve())}:
            value = value.replace(f"{path}/", "").replace(path, ".")
    return value
