"""A dataset is fetched once, checked, unpacked, and then left alone; the table of sources is sound."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.research.datasets.fetch import FetchResult, fetch
from segue.research.datasets.registry import known
from segue.research.datasets.sources import OFFERS, Digest, Offer, Source, offer_of
from segue.research.datasets.transport import Transport
from segue.research.datasets.unpack import MARK
from tests.research.datasets.nasty_server import Nasty, cut_after, other_bytes, serving, status
from tests.research.datasets.test_unpack import zipped

QUICK = Transport(connect_timeout_s=5, read_timeout_s=5, tries=2, wait_s=0.0)
FILES = {f"clips/{i}.mp3": np.random.default_rng(i).bytes(9000) for i in range(3)}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def archive(tmp_path) -> bytes:
    return zipped(tmp_path / "made.zip", FILES).read_bytes()


def offer(nasty: Nasty, digest: bool = True, about_bytes: int | None = None) -> Offer:
    sha1 = Digest("sha1", hashlib.sha1(nasty.body).hexdigest(), "page") if digest else None
    source = Source("clips.zip", nasty.url, about_bytes or len(nasty.body), sha1, "clips", len(nasty.body))
    return Offer("clips", (source,))


def get(nasty: Nasty, to: Path, digest: bool = True) -> FetchResult:
    return fetch(offer(nasty, digest), to, transport=QUICK)


@pytest.mark.parametrize("digest", [True, False])
def test_fetched_checked_unpacked_and_the_second_time_left_alone(tmp_path, archive, digest):
    to = tmp_path / "new" / "folder"
    with serving(archive) as nasty:
        (first,) = get(nasty, to, digest).files
        bodies = len(nasty.requests)
        (second,) = get(nasty, to, digest).files
        assert len(nasty.requests) - bodies == (0 if digest else 1)  # without a digest, the size is asked for
    assert first.status == "fetched" and second.status == "already there"
    assert first.sha256 == hashlib.sha256(archive).hexdigest()
    assert (first.digest is not None) == digest
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
        with pytest.raises(DatasetError, match=r"clips\.zip is there, but is not what was published"):
            get(nasty, to)
        with pytest.raises(
            DatasetError, match=f"has {len(archive) - 10} bytes, and the server names {len(archive)}"
        ):
            get(nasty, to, digest=False)
    assert (to / "clips.zip").read_bytes() == archive[:-10]
    assert os.listdir(to) == ["clips.zip"]


@pytest.mark.parametrize("digest", [True, False])
@pytest.mark.parametrize("mark", [None, "", "[]", '{"digest": "of another archive"}'])
def test_a_folder_there_that_is_not_from_the_archive_is_said_before_the_network(
    tmp_path, archive, digest, mark
):
    (tmp_path / "to" / "clips").mkdir(parents=True)
    if mark is not None:
        (tmp_path / "to" / "clips" / MARK).write_text(mark)
    with serving(archive) as nasty:
        with pytest.raises(DatasetError, match="clips is there, but not from the archive"):
            get(nasty, tmp_path / "to", digest)
        assert nasty.requests == [] or (not digest and "another" in mark)  # its digest is known only then
    assert os.listdir(tmp_path / "to" / "clips") == ([MARK] if mark is not None else [])


def test_what_was_begun_is_continued(tmp_path, archive):
    with serving(archive, cut_after(9000), status(404)) as nasty:
        with pytest.raises(DatasetError, match="status 404"):
            get(nasty, tmp_path / "to")
        assert not (tmp_path / "to" / "clips").exists()
        (done,) = get(nasty, tmp_path / "to").files
    assert done.status == "resumed"
    assert nasty.ranges == [None, "bytes=9000-", "bytes=9000-"]


def test_wrong_bytes_are_never_unpacked(tmp_path, archive):
    with serving(archive, other_bytes) as nasty:
        with pytest.raises(DatasetError, match="not what was published"):
            get(nasty, tmp_path / "to")
    assert os.listdir(tmp_path / "to") == []


def test_an_unsafe_archive_is_refused_even_when_it_is_the_published_one(tmp_path):
    body = zipped(tmp_path / "made.zip", {"clips/1": b"1", "../../out": b"2"}).read_bytes()
    with serving(body) as nasty:
        with pytest.raises(DatasetError, match="refused"):
            get(nasty, tmp_path / "to")
    assert os.listdir(tmp_path / "to") == ["clips.zip"]
    assert not (tmp_path.parent / "out").exists() and not (tmp_path / "out").exists()


def test_room_is_asked_for_before_the_network(tmp_path, archive):
    with serving(archive) as nasty:
        with pytest.raises(DatasetError, match=r"no room for clips in .* it takes 1000000000"):
            fetch(offer(nasty, about_bytes=10**18), tmp_path / "to", transport=QUICK)
        assert nasty.requests == []


def test_two_at_once_in_one_folder_are_one_too_many(tmp_path, archive):
    other = sqlite3.connect(tmp_path / ".segue-fetch.lock", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with serving(archive) as nasty:
        with pytest.raises(DatasetError, match="wait for the other fetch"):
            get(nasty, tmp_path)
        assert nasty.requests == []
        other.close()
        get(nasty, tmp_path)


def test_a_folder_that_cannot_be(tmp_path, archive):
    (tmp_path / "file").write_text("")
    with serving(archive) as nasty, pytest.raises(DatasetError, match="name another folder"):
        get(nasty, tmp_path / "file" / "below")


def test_steps_alone_touch_nothing(tmp_path):
    result = fetch(offer_of("gtzan"), tmp_path / "to")
    assert result.files == () and any("kaggle.com" in step for step in result.steps)
    assert not (tmp_path / "to").exists()


def test_an_unknown_dataset_is_told_what_there_is():
    with pytest.raises(DatasetError, match="'ballroom'; choose one of gtzan, fma-small"):
        offer_of("ballroom")


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.dataset)
def test_every_offer_can_be_followed(offer):
    assert bool(offer.sources) != bool(offer.steps)
    known(offer.dataset)  # can be read once it is there
    for source in offer.sources:
        assert urlsplit(source.url).scheme == "https" and source.url.endswith("/" + source.name)
        assert source.about_bytes > 1e8 and source.unpacked_about_bytes >= source.about_bytes
        if source.digest:
            assert source.digest.published_at.startswith("https://")
            length = hashlib.new(source.digest.algorithm).digest_size * 2
            assert re.fullmatch(f"[0-9a-f]{{{length}}}", source.digest.hex)
    digests = [source.digest.hex for source in offer.sources if source.digest]
    assert len(set(digests)) == len(digests)
