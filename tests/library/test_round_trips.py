"""Any text in tags, any bytes in names, any numbers in vectors."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segue.library.store import Library
from segue.types import Tags
from tests.library.examples import MODEL, analysis

# Lone surrogates too: broken tags and names of arbitrary bytes hold them.
any_character = st.characters() | st.characters(categories=["Cs"])
any_text = st.none() | st.text(any_character)
any_name = st.binary(min_size=1, max_size=60).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")
)


@pytest.fixture(scope="module")
def library():
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder) / "library.db") as library:
        yield library


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(any_text, min_size=6, max_size=6), number=st.none() | st.integers())
def test_tags(library, texts, number):
    with library.scan(["/music"]) as scan:
        track_id = scan.put_track("/music/a.mp3", 1, 2, "x:1", Tags(*texts, number), analysis(1))
    tags = library.track(track_id, MODEL).tags
    whole = [t if t is None else t.encode("utf-8", "replace").decode() for t in texts]
    assert tags == Tags(*whole, number if number is None or abs(number) < 2**63 else None)


@pytest.mark.skipif(sys.platform == "win32", reason="names: Windows has no names of arbitrary bytes")
@settings(max_examples=150, deadline=None)
@given(name=any_name, cause=st.text(any_character))
def test_names(library, name, cause):
    path = os.fsdecode(b"/music/" + name)
    with library.scan(["/music"]) as scan:
        track_id = scan.put_track(path, 1, 2, "x:1", Tags(), analysis(1))
        assert path in library.track(track_id, MODEL).paths
        assert library.known_file(path, MODEL).path == path
        scan.put_failure(path, 1, 2, "decode", cause)
        assert library.known_file(path, MODEL).failure.path == path


@settings(max_examples=100, deadline=None)
@given(
    vector=arrays.arrays(np.float32, 16, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)),
    fingerprint=arrays.arrays(np.int8, 1024),
)
def test_arrays_bit_for_bit(library, vector, fingerprint):
    one = analysis(1)
    given_ = dataclasses.replace(one, values={**one.values, "timbre": vector, "fingerprint": fingerprint})
    with library.scan(["/music"]) as scan:
        track_id = scan.put_track("/music/v.mp3", 1, 2, "x:v", Tags(), given_)
    stored = library.track(track_id, MODEL).analysis
    assert stored.embedding.tobytes() == vector.tobytes()
    assert np.array_equal(stored.fingerprint, fingerprint)


@settings(max_examples=100, deadline=None)
@given(size=st.integers(0, 2**62), mtime_ns=st.integers(-(2**62), 2**62))
def test_size_and_time(library, size, mtime_ns):
    with library.scan(["/music"]) as scan:
        scan.put_track("/music/s.mp3", size, mtime_ns, "x:s", Tags(), analysis(1))
    known = library.known_file("/music/s.mp3", MODEL)
    assert (known.size, known.mtime_ns) == (size, mtime_ns)
