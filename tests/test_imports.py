"""The house rules that a machine can check: who may import whom, what start-up costs, how big a file may be.

Every import statement counts, wherever it stands: at the top, inside a function, under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY / "src"
PACKAGE = SOURCE / "segue"

# The product, for a person with a music folder: each room may import those before it.
CHAIN = (
    "errors",
    "types",
    "text",
    "files",
    "encode",
    "audio",
    "signal",
    "model",
    "copies",
    "facets",
    "analysis",
    "library",
    "history",
    "recommend",
    "grading",
    "report",
    "audit",
    "service",
    "web",
    "cli",
)
BASE = frozenset(CHAIN[:5])
MAY_IMPORT = {
    **{room: frozenset(CHAIN[:k]) | {"metrics", "execution"} for k, room in enumerate(CHAIN)},
    **{room: frozenset(CHAIN[:k]) for k, room in enumerate(CHAIN[:5])},
    "metrics": BASE,
    "execution": BASE,
    # Research, for a person with research data: may import everything, and nobody imports it but itself.
    "research": frozenset(CHAIN) | {"metrics", "execution"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset({"errors", "types", "service"}),
}
HEAVY = ("torch", "librosa", "numba", "matplotlib", "sklearn", "scipy.signal", "onnxruntime", "soundfile")

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module: ``segue.audio.open``; a package is named by its folder."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The first name below ``segue``; the package itself is ``__init__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports_of(source: str, package: str) -> Iterator[str]:
    """Every module a source imports, as absolute dotted names; ``package`` resolves relative imports.

    ``from a import b`` yields ``a.b``: whether b is a module or not, its room is the same.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant))


def imports_in(path: Path) -> set[str]:
    """Every module that the file at ``path`` imports."""
    package = ".".join(path.parent.relative_to(SOURCE).parts)
    return set(imports_of(path.read_text(encoding="utf-8"), package))


def rooms_in(imports: set[str]) -> set[str]:
    """The rooms of segue among imported names; ``from segue import __version__`` is none of them."""
    own = {name for name in imports if name.split(".")[0] == "segue"}
    return {room for name in own if not (room := room_of(name)).startswith("__")}


def test_the_reader_of_imports_sees_every_kind():
    source = """
import os, numpy.linalg
from segue.audio import tags
if True:
    from . import near
def f():
    from ..model.network import Network
    importlib.import_module("torch.nn")
"""
    found = set(imports_of(source, "segue.analysis"))
    assert found == {
        "os",
        "numpy.linalg",
        "segue.audio.tags",
        "segue.analysis.near",
        "segue.model.network.Network",
        "torch.nn",
    }
    assert rooms_in(found) == {"audio", "analysis", "model"}


def test_there_is_something_to_check():
    assert len(MODULES) > 20
    assert {room_of(name_of(path)) for path in MODULES} <= set(MAY_IMPORT), "a room without a rule"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path):
    room = room_of(name_of(path))
    forbidden = rooms_in(imports_in(path)) - MAY_IMPORT[room] - {room}
    assert not forbidden, f"{name_of(path)} may not import {sorted(forbidden)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_research_imports_torch(path):
    roots = {name.split(".")[0] for name in imports_in(path)}
    if not name_of(path).startswith("segue.research."):
        assert not roots & {"torch", "torchvision", "torchaudio"}
    assert not roots & {"librosa", "numba", "mutagen"}, "a test reference, not something to run on"


def test_metrics_know_only_numbers():
    for path in (PACKAGE / "metrics").rglob("*.py"):
        outside = {name.split(".")[0] for name in imports_in(path)} - set(sys.stdlib_module_names)
        assert outside <= {"numpy", "scipy", "segue"}, path.name


def test_no_drawer_for_odds_and_ends():
    drawers = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common"}
    assert not [path for path in MODULES if {path.stem, path.parent.name} & drawers]


def test_no_file_is_longer_than_500_lines():
    long = {}
    for folder in ("src", "demo", "benchmarks", "tests"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            n_lines = len(path.read_text(encoding="utf-8").splitlines())
            if n_lines > 500:
                long[path.relative_to(REPOSITORY).as_posix()] = n_lines
    assert not long


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that finds this checkout's segue, and what it printed."""
    paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    "code",
    [
        "import segue",
        "import segue.cli.main",
        "from segue.cli.main import segue; segue(['--help'], standalone_mode=False)",
        "from segue.cli.main import segue; segue(['like', '--help'], standalone_mode=False)",
    ],
)
def test_start_up_imports_nothing_heavy(code):
    done = run_python(f"{code}\nimport json, sys\nprint()\nprint(json.dumps(sorted(sys.modules)))")
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "segue" in loaded
    assert not [name for name in loaded if name in HEAVY]


def test_importing_any_module_prints_nothing():
    names = [name_of(path) for path in MODULES]
    done = run_python(
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    try:\n"
        "        importlib.import_module(name)\n"
        "    except ModuleNotFoundError as missing:\n"
        "        if missing.name.split('.')[0] == 'segue': raise\n"  # an extra may be missing, never a room
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
