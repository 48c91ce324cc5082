"""`segue datasets fetch` from end to end, from a server of our own."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.research.datasets import sources
from segue.research.datasets.sources import Digest, Offer, Source
from tests.research.datasets.nasty_server import Nasty, cut_after, other_bytes, serving, status
from tests.research.datasets.test_archive import zipped

FILES = {"fma_small/000/000002.mp3": b"two" * 9000, "fma_small/checksums": b"abc  000/000002.mp3\n"}
SRC = Path(__file__).resolve().parents[3] / "src"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def body(tmp_path) -> bytes:
    return zipped(tmp_path / "made.zip", FILES, 0).read_bytes()


def offered(monkeypatch, nasty: Nasty) -> str:
    """Put the server's file into the table in the place of fma-small's, and return its SHA-1."""
    sha1 = hashlib.sha1(nasty.body).hexdigest()
    source = Source(
        "fma_small.zip", nasty.url, len(nasty.body), Digest("sha1", sha1, "https://page"), "fma_small", 9000
    )
    monkeypatch.setattr(sources, "OFFERS", (Offer("fma-small", (source,)),))
    return sha1


def run(*words: object):
    return CliRunner().invoke(segue, ["datasets", "fetch", *map(str, words)])


def test_fetched_then_left_alone(tmp_path, monkeypatch, body):
    to = tmp_path / "fma"
    with serving(body, cut_after(5000)) as nasty:
        sha1 = offered(monkeypatch, nasty)
        first = run("fma-small", "--to", to, "--json")
        again = run("fma-small", "--to", to)
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    document = json.loads(first.stdout)
    assert (document["dataset"], document["to"], document["reason"], document["steps"]) == (
        "fma-small",
        str(to),
        None,
        [],
    )
    assert "CC BY 4.0" in document["licence"]
    assert document["files"] == [
        {
            "name": "fma_small.zip",
            "url": nasty.url,
            "status": "fetched",
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "published_digest": {"algorithm": "sha1", "hex": sha1, "published_at": "https://page"},
            "folder": str(to / "fma_small"),
        }
    ]
    assert (to / "fma_small" / "000" / "000002.mp3").read_bytes() == FILES["fma_small/000/000002.mp3"]
    assert "fma_small.zip: already there, SHA1 as published at https://page" in again.output
    assert len(nasty.requests) == 2


@pytest.mark.parametrize(
    ("answer", "says"), [(other_bytes, "is not what was published"), (status(404), "status 404")]
)
def test_trouble_is_one_sentence_and_status_1(tmp_path, monkeypatch, body, answer, says):
    with serving(body, answer) as nasty:
        offered(monkeypatch, nasty)
        code = (
            "from segue.cli.main import main; from segue.research.datasets import sources\n"
            f"from segue.research.datasets.sources import *\nsources.OFFERS = {sources.OFFERS!r}\nmain()"
        )
        words = ["datasets", "fetch", "fma-small", "--to", str(tmp_path / "fma")]
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(SRC), "NO_PROXY": "127.0.0.1"},
        )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("segue: ") and says in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "fma" / "fma_small.zip").exists()


def test_where_a_login_is_needed_the_steps_are_printed(tmp_path):
    done = run("gtzan", "--to", tmp_path / "gtzan")
    assert done.exit_code == 0
    assert "kaggle.com" in done.output
    document = json.loads(run("gtzan", "--to", tmp_path / "gtzan", "--json").stdout)
    assert document["files"] == [] and len(document["steps"]) == 4 and "login" in document["reason"]
    assert not (tmp_path / "gtzan").exists()


def test_a_name_that_nobody_offers():
    done = run("ballroom")
    assert done.exit_code == 1 and done.exception.code == "unknown-dataset"


def test_without_pooch_the_extra_is_named(tmp_path, monkeypatch, body):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "segue.research.datasets.fetch.find_spec", lambda name: None if name == "pooch" else find(name)
    )
    done = run("fma-small", "--to", tmp_path / "fma")
    assert done.exit_code == 1 and done.exception.code == "missing-pooch"
    assert not (tmp_path / "fma").exists()


def test_steps_need_no_network_and_no_pooch():
    code = "import sys; from segue.cli.main import segue\nsegue(['datasets', 'fetch', 'gtzan'], standalone_mode=False)\nassert 'pooch' not in sys.modules and 'requests' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(SRC)}
    )
    assert done.returncode == 0, done.stderr
