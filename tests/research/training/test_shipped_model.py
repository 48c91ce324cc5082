"""The model inside the package: it is the one reported, and it keeps its head over sounds that are no music."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from segue.facets.genre import genres_of
from segue.facets.track_output import run_network
from segue.files import sha256_of
from segue.model.network import Network, shipped_model
from segue.model.vote import chunk_log_probabilities, vote
from segue.research.datasets.index import sha256_of_ids
from segue.research.datasets.registry import read_dataset
from segue.research.training.material import material
from segue.research.training.outliers import HELD_OUT_VOICES, generators, speak
from segue.signal.front_end import MEL128_V1, MEL128_V2
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder

REPORT = Path(__file__).resolve().parents[3] / "docs" / "results" / "model-v2.md"
RATE_HZ = MEL128_V1.sample_rate_hz
KINDS = generators(HELD_OUT_VOICES)
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(shipped_model())


def probabilities(network: Network, mono: np.ndarray) -> np.ndarray:
    """Genre probabilities of samples, window by window as a track is heard."""
    front_end = network.passport.front_end
    spectra, bands, recorder = PowerSpectra(front_end), MelBands(front_end), MelRecorder(front_end)
    for power in (*spectra.push(mono), *spectra.finish()):
        recorder.push(bands(power))
    return np.array([one.probability for one in genres_of(run_network(recorder.windows(3), network))])


def test_the_passport_belongs_to_the_file_and_tells_the_reported_scores(network):
    passport = network.passport.record
    assert passport["sha256"] == hashlib.sha256(shipped_model().read_bytes()).hexdigest()
    # The card tells the shipped seed's score in its table.
    shown = f"**{passport['scores']['test']['accuracy']:.1%}".replace("%", " %")
    assert shown in REPORT.read_text(encoding="utf-8")
    assert passport["front_end"] == MEL128_V2.to_dict()
    assert shipped_model().stat().st_size <= 8_000_000
    assert network.passport.dim <= 256


def test_it_was_trained_on_the_training_part_of_this_archive(network, shared_dir):
    gtzan = material(read_dataset("gtzan", shared_dir / "data" / "gtzan"), "fault-filtered", 0)
    part, _ = gtzan.part("train")
    trained_on = network.passport.record["trained_on"]
    assert trained_on["ids_sha256"] == sha256_of_ids(part.ids)
    assert trained_on["archive_sha256"] == sha256_of(gtzan.dataset.archive)
    assert network.passport.classes == gtzan.classes


def test_validation_accuracy_is_what_the_passport_says(network, shared_dir):
    dataset = read_dataset("gtzan", shared_dir / "data" / "gtzan")
    part, _ = material(dataset, "fault-filtered", 0).part("valid")
    temperature = network.passport.temperature
    right = [
        int(
            vote(chunk_log_probabilities(network(mel / np.float32(255)).logits, 6, temperature)).argmax()
            == label
        )
        for mel, label in zip(part.mel, part.labels, strict=True)
    ]
    assert np.mean(right) == pytest.approx(
        network.passport.record["scores"]["validation"]["accuracy"], abs=0.006
    )


@pytest.mark.parametrize("seconds", [4, 30])
@pytest.mark.parametrize("kind", [pytest.param(k, marks=needs_espeak) if "speech" in k else k for k in KINDS])
def test_no_genre_is_likely_for_what_is_no_music(network, kind, seconds):
    for seed in range(1000, 1004):
        sound = KINDS[kind](np.random.default_rng(seed), seconds * RATE_HZ, RATE_HZ)
        assert probabilities(network, sound).max() < 0.5


@needs_espeak
def test_no_genre_is_likely_for_a_sentence_as_spoken(network):
    text = "Nobody expected the museum to close before the end of the afternoon, yet by four the doors were locked."
    for voice in ("en", "en-gb-scotland", "de", "ru"):
        assert probabilities(network, speak(text, voice, 170, 50, RATE_HZ)).max() < 0.5


@pytest.mark.parametrize("hz", [100.0, 440.0, 1000.0, 5000.0])
def test_no_genre_is_likely_for_a_steady_tone(network, hz):
    t_s = np.arange(20 * RATE_HZ) / RATE_HZ
    assert probabilities(network, (0.5 * np.sin(2 * np.pi * hz * t_s)).astype(np.float32)).max() < 0.5
