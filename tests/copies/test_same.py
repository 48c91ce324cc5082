"""One answer to "is this the same recording?", with the surest reason that the evidence allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soxr

from segue.copies.groups import groups_of, same_hash
from segue.copies.landmarks import PeakAccumulator
from segue.copies.names import artist_keys, plain, recording_key
from segue.copies.same import Evidence, Method, same
from segue.copies.sketch import FingerprintAccumulator, Sketch
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra
from tests.audit.broken_music import RATE_HZ, music

LENGTH_S = 24.0


def evidence(samples, **known) -> Evidence:
    """What can be computed of mono samples at 44,100 Hz."""
    spectra, bands = PowerSpectra(MEL128_V1), MelBands(MEL128_V1)
    peaks, fingerprint, mels = PeakAccumulator(), FingerprintAccumulator(MEL128_V1), []
    mono = soxr.resample(samples, RATE_HZ, MEL128_V1.sample_rate_hz)
    for power in (*spectra.push(mono), *spectra.finish()):
        peaks.push(power)
        mel = bands(power)
        fingerprint.push(mel)
        mels.append(mel)
    levels = 10.0 * np.log10(np.concatenate(mels, axis=1)[:, ::3] + 1e-10)
    scaled = np.clip((levels - levels.max() + 80.0) * 255.0 / 80.0, 0, 255).astype(np.uint8)
    sketch = Sketch(len(samples) / RATE_HZ, fingerprint.sketch())
    return Evidence(sketch=sketch, peaks=peaks.finish(), mel=scaled, **known)


@pytest.fixture(scope="module")
def song():
    return evidence(music(LENGTH_S, seed=7))


@pytest.fixture(scope="module")
def quiet():
    return evidence(0.3 * music(LENGTH_S, seed=7))


@pytest.fixture(scope="module")
def other():
    return evidence(music(LENGTH_S, seed=8))


def test_each_method_answers_where_it_alone_can(song, quiet):
    for method, field in ((Method.SKETCH, "sketch"), (Method.PASSAGES, "peaks"), (Method.SPECTRAL, "mel")):
        a, b = (Evidence(**{field: getattr(one, field)}) for one in (song, quiet))
        reason = same(a, b)
        assert reason is not None and reason.method is method
        assert (reason.alignment is not None) == (method is Method.PASSAGES)
        assert (reason.score is not None) == (method is Method.SPECTRAL)


def test_other_music_is_no_copy_by_any_method(song, other):
    assert same(song, other) is None
    for field in ("sketch", "peaks", "mel"):
        assert same(*(Evidence(**{field: getattr(one, field)}) for one in (song, other))) is None


@pytest.mark.parametrize("field", ["file_hash", "payload_hash", "samples_hash"])
def test_equal_hashes_are_the_surest_reason(song, other, field):
    a, b = replace(song, **{field: "f00"}), replace(other, **{field: "f00"})
    assert same(a, b).method.value == field.replace("_", " ")
    assert same(replace(song, **{field: "f00"}), replace(other, **{field: "ba5"})) is None


def test_an_excerpt_is_found_by_its_passages(song):
    excerpt = evidence(music(LENGTH_S, seed=7)[int(9.5 * RATE_HZ) : int(16.5 * RATE_HZ)])
    reason = same(song, excerpt)
    assert reason is not None and reason.method is Method.PASSAGES
    assert reason.alignment.start_a_s == pytest.approx(9.5, abs=0.2)


def test_equal_embeddings_and_lengths_are_one_recording():
    a = Sketch(2.0, None, np.array([1.0, 0.0], np.float32))
    near = Sketch(2.04, None, np.array([1.0, 0.01], np.float32) / np.float32(np.hypot(1.0, 0.01)))
    longer = replace(near, duration_s=2.2)
    assert same(Evidence(sketch=a), Evidence(sketch=near)).method is Method.EMBEDDING
    assert same(Evidence(sketch=a), Evidence(sketch=longer)) is None


def test_names_decide_only_where_no_sound_was_compared(song, other):
    named = {"artist": "The Band", "title": "Song (Live)"}
    spelt = {"artist": "Band", "title": "song live"}
    assert same(Evidence(**named), Evidence(**spelt)).method is Method.NAMES
    assert same(replace(song, **named), Evidence(**spelt)).method is Method.NAMES
    assert same(replace(song, **named), replace(other, **spelt)) is None


def test_nothing_known_is_no_reason():
    assert same(Evidence(), Evidence()) is None
    assert same(Evidence(file_hash=""), Evidence(file_hash="")) is None


def test_it_does_not_matter_which_comes_first(song, quiet, other):
    for a, b in ((song, quiet), (song, other)):
        one, turned = same(a, b), same(b, a)
        assert (one and one.method) == (turned and turned.method)


def test_groups_by_hand():
    assert same_hash(["x", None, "y", "x", "", "", "y", "z"]) == [(0, 3), (2, 6)]
    assert groups_of(6, [(4, 2), (2, 1), (5, 5)]) == [0, 1, 1, 3, 1, 5]


@pytest.mark.parametrize(
    ("artist", "keys"),
    [
        ("The Beatles; AC/DC", {"beatles", "acdc"}),
        ("Beyoncé feat. Jay-Z", {"beyonce", "jayz"}),
        ("Ann (ft. Bob)", {"ann", "bob"}),
        ("Earth, Wind & Fire", {"earthwindandfire"}),
        ("Various Artists", set()),
        (None, set()),
    ],
)
def test_artists_by_hand(artist, keys):
    assert artist_keys(artist) == keys


def test_a_key_of_a_recording_needs_artist_and_title():
    assert recording_key("X", "Untitled") is None and recording_key(None, "Song") is None
    assert recording_key("X; Y", "A & B") == (frozenset({"x", "y"}), "aandb")
    assert plain("a" * 5_000) == "a" * 1_000
