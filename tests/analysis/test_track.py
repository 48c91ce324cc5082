"""Whole analyses of real files: what comes out, and what does not depend on how it went in."""

import itertools
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from segue.analysis.settings import ALL_WINDOWS, AnalysisSettings
from segue.analysis.track import Analyser
from segue.model.network import Network, shipped_model
from tests.songs import RATE_HZ, tune, write_song


@pytest.fixture(scope="module")
def network():
    return Network(shipped_model())


@pytest.fixture(scope="module")
def analyse(network):
    return Analyser(network)


def written(path, samples, rate_hz=RATE_HZ):
    soundfile.write(path, samples, rate_hz)
    return os.fspath(path)


def test_a_song_has_everything(tmp_path, analyse, network):
    analysis = analyse(os.fspath(write_song(tmp_path / "song.flac", seconds=40, seed=1)))
    assert analysis.duration_s == pytest.approx(40, abs=0.01) and analysis.flags == ()
    assert (analysis.model, analysis.front_end) == (network.passport.model, network.passport.front_end.name)
    assert {g.genre for g in analysis.genres} == set(network.passport.classes)
    assert sum(g.probability for g in analysis.genres) == pytest.approx(1)
    assert [g.probability for g in analysis.genres] == sorted(
        (g.probability for g in analysis.genres), reverse=True
    )
    assert analysis.embedding.dtype == np.float32 and analysis.embedding.shape == (network.passport.dim,)
    assert np.linalg.norm(analysis.embedding) == pytest.approx(1, abs=1e-5)
    assert analysis.fingerprint.dtype == np.int8
    assert analysis.tempo and analysis.key and -40 < analysis.loudness_lufs < 0 and analysis.damage is None


def test_the_timeline_covers_what_was_heard_in_steps_of_about_5_s(tmp_path, network):
    path = os.fspath(write_song(tmp_path / "song.flac", seconds=200, seed=2))
    whole = Analyser(network, AnalysisSettings(n_windows=ALL_WINDOWS, loudness=False))(path).timeline
    assert whole[0].start_s == 0 and whole[-1].end_s == pytest.approx(200, abs=0.1)
    for entry, following in itertools.pairwise(whole):
        assert entry.end_s == pytest.approx(following.start_s, abs=0.1)
        assert 4 < entry.end_s - entry.start_s < 6.5
    some = Analyser(network, AnalysisSettings(n_windows=3, loudness=False))(path).timeline
    assert len(some) == 18 and all(a.end_s <= b.start_s + 0.01 for a, b in itertools.pairwise(some))
    assert some[0].start_s > 10 and some[-1].end_s < 190


def test_two_runs_give_the_same_numbers(tmp_path, analyse):
    path = os.fspath(write_song(tmp_path / "song.mp3", seconds=12, seed=3))
    first, second = analyse(path), analyse(path)
    assert first.embedding.tobytes() == second.embedding.tobytes()
    assert (first.genres, first.timeline, first.tempo, first.key, first.loudness_lufs) == (
        second.genres,
        second.timeline,
        second.tempo,
        second.key,
        second.loudness_lufs,
    )


def test_level_changes_loudness_and_nothing_else(tmp_path, analyse):
    samples = tune(30, seed=4)
    loud = analyse(written(tmp_path / "loud.wav", samples))
    quiet = analyse(written(tmp_path / "quiet.wav", samples * 0.1))
    assert loud.loudness_lufs - quiet.loudness_lufs == pytest.approx(20, abs=0.1)
    assert loud.embedding @ quiet.embedding > 0.99
    assert loud.key.tonic == quiet.key.tonic and loud.tempo.bpm == pytest.approx(quiet.tempo.bpm, rel=0.01)


def test_stereo_and_rate_do_not_matter(tmp_path, analyse):
    rate_hz = 44_100
    samples = tune(30, seed=5, rate_hz=rate_hz)
    mono = analyse(written(tmp_path / "mono.wav", samples, rate_hz))
    stereo = analyse(written(tmp_path / "stereo.wav", np.stack([samples, samples], axis=1), rate_hz))
    assert mono.embedding @ stereo.embedding > 0.9999
    assert stereo.loudness_lufs - mono.loudness_lufs == pytest.approx(3.01, abs=0.05)  # two speakers


@pytest.mark.parametrize(
    ("samples", "flags"),
    [
        (np.zeros(RATE_HZ * 8), ("silent",)),
        (np.full(RATE_HZ * 8, 0.3), ("silent",)),
        (np.zeros(1), ("silent", "short")),
        (np.random.default_rng(0).standard_normal(RATE_HZ * 8) * 2e-4, ("silent",)),
        (tune(0.1, seed=1), ("short",)),
        (tune(4.9, seed=1), ("short",)),
    ],
)
def test_audio_that_says_little_is_flagged(tmp_path, analyse, samples, flags):
    analysis = analyse(written(tmp_path / "x.wav", samples))
    assert analysis.flags == flags
    if "silent" in flags:
        assert analysis.genres == () and analysis.timeline == () and analysis.embedding is None
        assert analysis.tempo is None and analysis.key is None
    else:
        assert len(analysis.genres) == 10 and np.isfinite(analysis.embedding).all()


def test_a_silent_third_does_not_vote(tmp_path, network):
    song = tune(60, seed=6)
    gap = np.concatenate([song, np.zeros(RATE_HZ * 60), song]).astype(np.float32)
    heard = Analyser(network, AnalysisSettings(n_windows=3))(written(tmp_path / "gap.wav", gap))
    assert len(heard.timeline) == 12
    assert all(e.end_s <= 60 or e.start_s >= 120 for e in heard.timeline)


NOT_MUSIC = {
    "white noise": lambda rng, t: rng.standard_normal(len(t)),
    "red noise": lambda rng, t: np.cumsum(rng.standard_normal(len(t))) / 300,
    "1 kHz": lambda rng, t: np.sin(2 * np.pi * 1000 * t),
    "60 Hz": lambda rng, t: np.sin(2 * np.pi * 60 * t),
    "two tones": lambda rng, t: np.sin(2 * np.pi * 441 * t) + np.sin(2 * np.pi * 3333 * t),
    "square wave": lambda rng, t: np.sign(np.sin(2 * np.pi * 220 * t)),
    "slow sweep": lambda rng, t: np.sin(2 * np.pi * (200 * t + 50 * t**2)),
    "noise and hum": lambda rng, t: 0.2 * rng.standard_normal(len(t)) + np.sin(2 * np.pi * 50 * t),
}


@pytest.mark.parametrize("name", NOT_MUSIC)
@pytest.mark.parametrize("seconds", [6, 30])
def test_noise_and_tones_are_called_no_genre_for_sure(tmp_path, analyse, name, seconds):
    t = np.arange(seconds * RATE_HZ) / RATE_HZ
    sound = NOT_MUSIC[name](np.random.default_rng(7), t)
    sound = 0.3 * (sound - sound.mean()) / np.abs(sound).max()
    top = analyse(written(tmp_path / "x.wav", sound)).genres[0]
    assert top.probability < 0.5, top


SPEECH = {
    "en": "The committee will meet again on Thursday to discuss the price of bread and the state of the roads.",
    "de": "Gestern hat es den ganzen Tag geregnet, und heute scheint wieder die Sonne auf die nassen Wiesen.",
    "fr": "Les trains pour Lyon partent toutes les heures, sauf le dimanche et les jours de fête nationale.",
}


@pytest.mark.parametrize("voice", ["en+f3", "en-us+m2", "de", "fr+f1"])
def test_speech_is_called_no_genre_for_sure(tmp_path, analyse, voice):
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng: not on PATH, so nobody speaks")
    text = " ".join([SPEECH[voice[:2]]] * 5)
    path = os.fspath(tmp_path / "speech.wav")
    subprocess.run([program, "-v", voice, "-w", path, text], check=True)
    top = analyse(path).genres[0]
    assert top.probability < 0.5, top


@pytest.mark.skipif(sys.platform != "linux", reason="reads peak memory from /proc")
def test_three_hours_need_less_than_300_mb(tmp_path):
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", format="FLAC") as file:
        minute = np.stack([tune(60, seed=8), tune(60, seed=9)], axis=1)
        for _ in range(180):
            file.write(minute)
    script = (
        "import sys; from segue.service.jobs import AnalyseJob; from segue.analysis.settings import AnalysisSettings\n"
        "analysis = AnalyseJob(None, AnalysisSettings())(sys.argv[1])\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]\n"
        "print(analysis.duration_s, peak)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    duration_s, peak_kb = map(float, done.stdout.split())
    assert duration_s == 180 * 60
    assert peak_kb / 1024 < 300
