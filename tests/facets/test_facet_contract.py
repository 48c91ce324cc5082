"""What every facet keeps: its stored form, its distance, its words, and that blocks do not show in its value."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

from segue.encode import document
from segue.errors import SegueError
from segue.facets.base import (
    Column,
    Facet,
    FromFacets,
    FromMel,
    FromNetwork,
    FromPower,
    FromSamples,
    StreamFormat,
)
from segue.facets.registry import BUILT_IN, Registry
from segue.facets.stored import Numbers
from segue.facets.track_output import run_network
from segue.model.network import Network, shipped_model
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder
from segue.types import Doubt, GenreProbability, HeardTag, Key, Tempo, TimelineEntry
from tests.facets.outside import brightness
from tests.raising import raises
from tests.songs import RATE_HZ, tune

PACE = Facet[float](
    name="pace",
    version="1",
    source=FromFacets(("tempo",), lambda values: values["tempo"] and values["tempo"].bpm / 2),
    stored=Numbers[float]("<f8", 1, lambda bpm: (bpm,), lambda row: float(row[0])),
    distance=lambda bpm, column: np.minimum(np.abs(np.log2(column[:, 0] / bpm)), 1.0),
    words=lambda bpm: f"{bpm:.0f} a minute",
)
FACETS = Registry((*BUILT_IN, brightness(), PACE))


def _sketch(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-60, 60, 1024).astype(np.int8)


def _unit(*numbers: float) -> np.ndarray:
    return (np.array(numbers) / np.linalg.norm(numbers)).astype(np.float32)


# Two values of each facet and their distance, worked by hand.
EXAMPLES: dict[str, tuple[Any, Any, float | None]] = {
    # sqrt of the divergence of (1, 0) and (0, 1): one bit
    "genre": (
        (GenreProbability("rock", 1.0), GenreProbability("pop", 0.0)),
        (GenreProbability("pop", 1.0), GenreProbability("rock", 0.0)),
        1.0,
    ),
    "doubt": (Doubt(0.25, False), Doubt(0.75, True), 0.5),
    # one tag in common of three
    "tags": (
        (HeardTag("ambient", 0.5), HeardTag("sad", 0.2)),
        (HeardTag("sad", 0.3), HeardTag("folk", 0.2)),
        2.0 / 3.0,
    ),
    # rock leads all of one and half of the other
    "timeline": (
        (TimelineEntry(0, 5, "rock", 0.5),),
        (TimelineEntry(0, 5, "rock", 0.9), TimelineEntry(5, 10, "pop", 0.4)),
        0.5,
    ),
    "timbre": (_unit(1.0, 0.0), _unit(0.0, 1.0), 0.5),  # a right angle
    "tempo": (Tempo(120.0, 0.9), Tempo(60.0, 0.8), 0.25),  # one octave
    "key": (Key("C", "major", 0.8), Key("F#", "major", 0.7), None),
    "loudness": (-8.0, -18.0, 0.5),  # 10 of 20 LU
    "fingerprint": (_sketch(1), _sketch(2), None),
    "brightness": (1000.0, 2000.0, 0.25),  # one octave of four
    "pace": (60.0, 120.0, 1.0),
}

every_facet = pytest.mark.parametrize("facet", list(FACETS), ids=lambda facet: facet.name)


def equal(one: Any, other: Any) -> bool:
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else bool(one == other)


def column_of(facet: Facet[Any], *values: Any) -> Column:
    data = [None if value is None else facet.stored.encode(value) for value in values]
    confidences = [np.nan if value is None else facet.confidence_of(value) for value in values]
    return Column(facet.name, facet.version, facet.stored.column(data), np.array(confidences, np.float32))


def test_every_facet_has_examples():
    assert set(EXAMPLES) == {facet.name for facet in FACETS}


@every_facet
def test_what_is_stored_comes_back_and_travels_between_processes(facet):
    for value in EXAMPLES[facet.name][:2]:
        assert equal(facet.stored.decode(facet.stored.encode(value)), value)
        assert equal(pickle.loads(pickle.dumps(value)), value)
        assert 0.0 <= facet.confidence_of(value) <= 1.0
    assert facet.confidence_of(None) == 0.0


@every_facet
def test_broken_bytes_are_a_value_error(facet):
    for data in (b"\x01\x02\x03", b'{"a": 1}'):
        if facet.name == "fingerprint" or not facet.stored.one_length or len(data) % 4:
            with pytest.raises(ValueError):
                facet.stored.decode(data)


@every_facet
def test_distances_are_a_row_in_0_to_1_and_nan_where_there_is_nothing(facet):
    one, other, expected = EXAMPLES[facet.name]
    found = facet.distances(one, column_of(facet, one, None, other))
    assert found.dtype == np.float32 and found.shape == (3,)
    assert found[0] == pytest.approx(0.0, abs=1e-3) and np.isnan(found[1])
    assert 0.0 < found[2] <= 1.0
    if expected is not None:
        assert found[2] == pytest.approx(expected, abs=1e-6)
    assert facet.distances(other, column_of(facet, one))[0] == pytest.approx(found[2], abs=1e-6)
    assert np.isnan(facet.distances(None, column_of(facet, one, other))).all()
    assert facet.distances(one, column_of(facet)).shape == (0,)
    assert np.isnan(facet.distances(one, column_of(facet, None, None))).all()


@every_facet
def test_words_are_one_line_and_the_document_is_json(facet):
    for value in EXAMPLES[facet.name][:2]:
        assert facet.words(value).strip() and "\n" not in facet.words(value)
        json.dumps(document(facet.document(value)), allow_nan=False)


def test_an_unsure_value_is_compared_with_nothing():
    tempo = FACETS["tempo"]
    sure, unsure = Tempo(120.0, 0.9), Tempo(120.0, 0.1)
    assert np.isnan(tempo.distances(unsure, column_of(tempo, sure))).all()
    assert np.isnan(tempo.distances(sure, column_of(tempo, unsure, sure))).tolist() == [True, False]


def test_related_keys_are_nearer_than_others():
    key = FACETS["key"]
    c = Key("C", "major", 0.9)
    order = [
        c,
        Key("G", "major", 0.9),
        Key("A", "minor", 0.9),
        Key("D", "major", 0.9),
        Key("F#", "major", 0.9),
    ]
    found = key.distances(c, column_of(key, *order)).tolist()
    assert found == pytest.approx(sorted(found)) and found[-1] > 0.6


def spectra(samples: np.ndarray, block: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Power spectra and mel power of samples pushed ``block`` at a time, as the pass does."""
    stft, bands = PowerSpectra(MEL128_V1), MelBands(MEL128_V1)
    power = [p for i in range(0, len(samples), block) for p in stft.push(samples[i : i + block])]
    power += list(stft.finish())
    return power, [bands(p) for p in power]


def value_of(facet: Facet[Any], samples: np.ndarray, block: int) -> Any:
    power, mel = spectra(samples, block)
    if isinstance(facet.source, FromNetwork):
        recorder = MelRecorder(MEL128_V1)
        for one in mel:
            recorder.push(one)
        return facet.source.read(run_network(recorder.windows(1), Network(shipped_model())))
    assert not isinstance(facet.source, FromFacets)
    accumulator = facet.source.start(StreamFormat(MEL128_V1, RATE_HZ, 1))
    if isinstance(facet.source, FromSamples):
        blocks = [samples[i : i + block, None] for i in range(0, len(samples), block)]
    else:
        assert isinstance(facet.source, FromPower | FromMel)
        blocks = power if isinstance(facet.source, FromPower) else mel
        # Cut again, in other places than the transform's.
        blocks = [part for one in blocks for part in np.array_split(one, [block % 97 + 1], axis=1)]
    for one in blocks:
        accumulator.push(one)
    return accumulator.value()


@pytest.mark.parametrize(
    "facet", [f for f in FACETS if not isinstance(f.source, FromFacets)], ids=lambda f: f.name
)
def test_how_a_track_is_cut_into_blocks_does_not_show(facet):
    samples = tune(8.0, seed=3)
    one, other = value_of(facet, samples, 1000), value_of(facet, samples, 44_101)
    assert one is not None
    assert facet.distances(one, column_of(facet, other))[0] == pytest.approx(0.0, abs=1e-4) or (
        facet.confidence_of(one) < facet.least_confidence and facet.words(one) == facet.words(other)
    )


def test_a_registry_says_what_depends_on_what():
    versions = {f.name: FACETS.stored_version(f.name, "m@1", "fe") for f in FACETS}
    assert versions["genre"] == versions["timbre"] == "m@1/1"
    assert versions["tempo"] == versions["fingerprint"] == versions["brightness"] == "fe/1"
    assert versions["loudness"] == "samples/1"
    assert versions["pace"].startswith("derived-") and versions["pace"] != FACETS.stored_version(
        "pace", "m@1", "other"
    )
    assert versions["pace"] == FACETS.stored_version("pace", "m@2", "fe")
    wanted = FACETS.wanted("m@1", "fe", 3, without=("loudness",))
    assert {name for name, _ in wanted.versions} == set(versions) - {"loudness", "pace"}
    assert FACETS.derive({"tempo": Tempo(100.0, 1.0)})["pace"] == 50.0
    assert "pace" not in FACETS.derive({"loudness": -8.0})


def test_mistakes_in_facets_are_told(tmp_path):
    from segue.facets.registry import registry

    with raises(SegueError, "facet-name-taken"):
        Registry((*BUILT_IN, BUILT_IN[0]))
    with raises(SegueError, "facet-unusable"):
        Registry((PACE,))
    with raises(SegueError, "facet-unknown"):
        _ = FACETS["mood"]
    with raises(SegueError, "facet-file-missing"):
        registry([tmp_path / "none.py"])
    for text in ("1 / 0", "x = 1"):
        (tmp_path / "facets.py").write_text(text)
        with raises(SegueError, "facet-unusable"):
            registry([tmp_path / "facets.py"])
    with pytest.raises(ValueError):
        Facet(**{**{name: getattr(PACE, name) for name in PACE.__dataclass_fields__}, "name": "Big Name"})
