"""A dataset is fetched once, checked, unpacked, and then left alone; the table of sources is sound."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.research.datasets import fetch as fetching
from segue.research.datasets.archive import MARK, Step
from segue.research.datasets.fetch import FetchResult, fetch
from segue.research.datasets.registry import known
from segue.research.datasets.sources import OFFERS, Digest, Offer, Source, offer_of
from tests.raising import raises
from tests.research.datasets.nasty_server import (
    Nasty,
    chunked,
    cut_after,
    lying_length,
    other_bytes,
    serving,
    slowly,
    stall_after,
    status,
)
from tests.research.datasets.test_archive import zipped

FILES = {f"clips/{i}.mp3": np.random.default_rng(i).bytes(9000) for i in range(3)}
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def archive(tmp_path) -> bytes:
    return zipped(tmp_path / "made.zip", FILES).read_bytes()


def offer(nasty: Nasty, about_bytes: int | None = None, algorithm: str = "sha1") -> Offer:
    digest = Digest(algorithm, hashlib.new(algorithm, nasty.body).hexdigest(), "page")
    source = Source("clips.zip", nasty.url, about_bytes or len(nasty.body), digest, "clips", len(nasty.body))
    return Offer("fma-small", (source,))


def get(nasty: Nasty, to: Path, algorithm: str = "sha1") -> FetchResult:
    return fetch(offer(nasty, algorithm=algorithm), to, tries=3, wait_s=0.0)


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha256"])
def test_fetched_checked_unpacked_and_the_second_time_left_alone(tmp_path, archive, algorithm):
    to = tmp_path / "new" / "folder"
    with serving(archive) as nasty:
        (first,) = get(nasty, to, algorithm).files
        (second,) = get(nasty, to, algorithm).files
        assert len(nasty.requests) == 1 and nasty.requests[0]["accept-encoding"] == "identity"
    assert first.status == "fetched" and second.status == "already there"
    assert first.sha256 == hashlib.sha256(archive).hexdigest() and first.size == len(archive)
    assert sorted(os.listdir(to)) == ["clips", "clips.zip"]
    assert sorted(os.listdir(to / "clips")) == sorted([MARK, "0.mp3", "1.mp3", "2.mp3"])
    assert (to / "clips" / "1.mp3").read_bytes() == FILES["clips/1.mp3"]


def test_an_unpacked_archive_may_be_deleted(tmp_path, archive):
    with serving(archive) as nasty:
        get(nasty, tmp_path / "to")
        (tmp_path / "to" / "clips.zip").unlink()
        (again,) = get(nasty, tmp_path / "to").files
        assert (again.status, again.size, len(nasty.requests)) == ("already there", None, 1)


def test_a_folder_lost_is_unpacked_from_the_archive_that_is_there(tmp_path, archive):
    with serving(archive) as nasty:
        get(nasty, tmp_path / "to")
        shutil.rmtree(tmp_path / "to" / "clips")
        get(nasty, tmp_path / "to")
        assert len(nasty.requests) == 1
    assert (tmp_path / "to" / "clips" / "2.mp3").exists()


def test_a_file_there_that_is_not_the_published_one_is_named_and_left_alone(tmp_path, archive):
    to = tmp_path / "to"
    to.mkdir()
    (to / "clips.zip").write_bytes(archive[:-10])
    with serving(archive) as nasty:
        with raises(DatasetError, "not-as-published"):
            get(nasty, to)
        assert nasty.requests == []
    assert (to / "clips.zip").read_bytes() == archive[:-10]
    assert os.listdir(to) == ["clips.zip"]


@pytest.mark.parametrize("mark", [None, "", "[]", '{"digest": "of another archive"}'])
def test_a_folder_there_that_is_not_from_the_archive_is_said_before_the_network(tmp_path, archive, mark):
    (tmp_path / "to" / "clips").mkdir(parents=True)
    if mark is not None:
        (tmp_path / "to" / "clips" / MARK).write_text(mark)
    with serving(archive) as nasty:
        with raises(DatasetError, "folder-in-the-way"):
            get(nasty, tmp_path / "to")
        assert nasty.requests == []
    assert os.listdir(tmp_path / "to" / "clips") == ([MARK] if mark is not None else [])


@pytest.mark.parametrize(
    "answers",
    [
        [cut_after(9000)],
        [cut_after(9000), cut_after(100)],
        [status(503), status(429)],
        [lying_length(10**6)],
        [chunked(5000)],
    ],
    ids=["cut", "cut twice", "busy", "too short", "chunks that end"],
)
def test_a_broken_connection_is_tried_again(tmp_path, archive, answers):
    with serving(archive, *answers) as nasty:
        get(nasty, tmp_path / "to")
        assert len(nasty.requests) == len(answers) + 1
    assert (tmp_path / "to" / "clips" / "2.mp3").read_bytes() == FILES["clips/2.mp3"]
    assert sorted(os.listdir(tmp_path / "to")) == ["clips", "clips.zip"]


def test_a_stall_ends_by_the_read_timeout(tmp_path, archive, monkeypatch):
    monkeypatch.setattr(fetching, "_TIMEOUTS_S", (5.0, 0.3))
    with serving(archive, stall_after(5000, 2.0)) as nasty:
        get(nasty, tmp_path / "to")
        assert len(nasty.requests) == 2


@pytest.mark.parametrize(
    ("answer", "code", "n_requests"),
    [
        (cut_after(5000), "download-failed", 3),
        (status(503), "download-refused", 3),
        (status(401), "download-refused", 1),
        (status(404), "download-refused", 1),
        (status(302, Location="/again"), "download-failed", None),
        (status(302, Location="ftp://nowhere/"), "download-failed", 1),
        (other_bytes, "not-as-published", 1),
    ],
    ids=["cut", "busy", "login", "gone", "circle", "elsewhere", "other bytes"],
)
def test_what_does_not_arrive_leaves_nothing(tmp_path, archive, answer, code, n_requests):
    with serving(archive, *[answer] * 200) as nasty:
        with raises(DatasetError, code):
            get(nasty, tmp_path / "to")
        assert n_requests is None or len(nasty.requests) == n_requests
    assert os.listdir(tmp_path / "to") == []


@pytest.mark.parametrize("proxy", ["socks9://nowhere", "http://[", "nonsense:x", "http://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_one_error(tmp_path, archive, monkeypatch, proxy):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", proxy)
    with serving(archive) as nasty, raises(DatasetError):
        get(nasty, tmp_path / "to")
    assert os.listdir(tmp_path / "to") == []


def test_nobody_there(tmp_path, archive):
    with serving(archive) as nasty:
        gone = offer(nasty)
    with raises(DatasetError, "download-failed"):
        fetch(gone, tmp_path / "to", tries=2, wait_s=0.0)


def test_progress_rises_to_the_total(tmp_path, archive, monkeypatch):
    monkeypatch.setattr(fetching, "_CHUNK_BYTES", 4096)
    steps: list[Step] = []
    with serving(archive) as nasty:
        fetch(offer(nasty), tmp_path / "to", progress=steps.append)
    downloaded = [step.done for step in steps if step.doing == "download"]
    assert downloaded == sorted(downloaded) and downloaded[-1] == len(archive) and len(downloaded) > 5
    assert {step.doing for step in steps} == {"download", "unpack"}


def test_beyond_20_gb_the_line_of_curl_is_told_and_nothing_is_fetched(tmp_path, archive, monkeypatch):
    monkeypatch.setattr(fetching, "RESUMABLE_BYTES", 1000)
    to = tmp_path / "my music"
    with serving(archive) as nasty:
        told = get(nasty, to)
        assert told.files == () and nasty.requests == [] and told.reason
        line = told.steps[0].partition(": ")[2]
        assert line == f"curl -fL -C - -o '{to / 'clips.zip'}' {nasty.url}"
        assert "segue datasets fetch fma-small --to" in told.steps[1]
        (to / "clips.zip").write_bytes(archive[:-10])  # cut: the line is told again
        with raises(DatasetError, "not-as-published") as raised:
            get(nasty, to)
        assert line in str(raised.value)
        (to / "clips.zip").write_bytes(archive)
        (done,) = get(nasty, to).files
        assert done.status == "already there" and nasty.requests == []
    assert (to / "clips" / "2.mp3").exists()


def test_an_unsafe_archive_is_refused_even_when_it_is_the_published_one(tmp_path):
    with tarfile.open(tmp_path / "made.tar", "w") as made:
        info = tarfile.TarInfo("../../out")
        made.addfile(info, io.BytesIO())
    body = (tmp_path / "made.tar").read_bytes()
    with serving(body) as nasty:
        with raises(DatasetError, "unsafe-archive"):
            get(nasty, tmp_path / "to")
    assert os.listdir(tmp_path / "to") == ["clips.zip"]
    assert not (tmp_path.parent / "out").exists() and not (tmp_path / "out").exists()


def test_room_is_asked_for_before_the_network(tmp_path, archive):
    with serving(archive) as nasty:
        with raises(DatasetError, "no-room"):
            fetch(offer(nasty, about_bytes=10**18), tmp_path / "to")
        assert nasty.requests == []


def test_two_at_once_in_one_folder_are_one_too_many(tmp_path, archive):
    other = sqlite3.connect(tmp_path / ".segue-fetch.lock", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with serving(archive) as nasty:
        with raises(DatasetError, "fetch-in-progress"):
            get(nasty, tmp_path)
        assert nasty.requests == []
        other.close()
        get(nasty, tmp_path)


def test_a_folder_that_cannot_be(tmp_path, archive):
    (tmp_path / "file").write_text("")
    with serving(archive) as nasty, raises(DatasetError, "not-written"):
        get(nasty, tmp_path / "file" / "below")


_FETCH = """
import sys
from pathlib import Path
from segue.research.datasets.fetch import fetch
from segue.research.datasets.sources import *
fetch({offer!r}, Path(sys.argv[1]), wait_s=0.0)
"""


def start(nasty: Nasty, to: Path, before: str = "") -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", before + _FETCH.format(offer=offer(nasty)), str(to)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_kill_9_leaves_no_file_of_that_name_and_the_next_run_fetches_it(tmp_path, archive):
    to = tmp_path / "to"
    with serving(archive, slowly(1000, 0.05)) as nasty:
        process = start(nasty, to, "from segue.research.datasets import fetch as f; f._CHUNK_BYTES = 1000\n")
        deadline = time.monotonic() + 60
        while not [p for p in to.rglob("*") if p.parent.name == ".segue-fetch" and p.stat().st_size > 3000]:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (to / "clips.zip").exists() and not (to / "clips").exists()
        get(nasty, to)
    assert sorted(os.listdir(to)) == ["clips", "clips.zip"]


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path, archive):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))\n"
    with serving(archive) as nasty:
        _, err = (process := start(nasty, tmp_path / "to", limit)).communicate(timeout=60)
    assert process.returncode == 1 and "DatasetError" in err and "cannot be used" in err
    assert os.listdir(tmp_path / "to") == []


def test_steps_alone_touch_nothing(tmp_path):
    result = fetch(offer_of("gtzan"), tmp_path / "to")
    assert result.files == () and any("kaggle.com" in step for step in result.steps)
    assert not (tmp_path / "to").exists()


def test_an_unknown_dataset_is_told_what_there_is():
    with raises(DatasetError, "unknown-dataset"):
        offer_of("ballroom")


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.dataset)
def test_every_offer_can_be_followed(offer):
    assert bool(offer.sources) != bool(offer.steps)
    known(offer.dataset)  # can be read once it is there
    for source in offer.sources:
        assert urlsplit(source.url).scheme == "https" and source.url.endswith("/" + source.name)
        assert source.about_bytes > 1e8 and source.unpacked_about_bytes >= source.about_bytes
        assert source.digest.published_at.startswith("https://")
        length = hashlib.new(source.digest.algorithm).digest_size * 2
        assert re.fullmatch(f"[0-9a-f]{{{length}}}", source.digest.hex)
    digests = [source.digest.hex for source in offer.sources]
    assert len(set(digests)) == len(digests)
