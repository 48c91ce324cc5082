"""What is compared: versions of segue, the networks it learned from, MFCC statistics, bliss and musly.

Each takes recordings and returns a matrix of similarities ``(n, n)``, all from the clean sound unless it is a
version of segue, whose embeddings in each condition `embeddings` gives.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks import heard
from benchmarks.music import shared
from benchmarks.recordings import AUDIO_HZ, Recording
from benchmarks.retrieval import unit
from segue.model.network import Network

_WEIGHTS = "data/weights"


def kept(name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
    """Return ``make()``, kept in SEGUE_BENCH_CACHE/NAME.npy where that folder is named: what versions do not change."""
    folder = os.environ.get("SEGUE_BENCH_CACHE")
    if folder is None:
        return make()
    path = Path(folder) / f"{name}.npy"
    if not path.exists():
        np.save(path, make())
    found: np.ndarray = np.load(path)
    return found


def embeddings(
    network: Network, recordings: list[Recording], condition: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return genre probabilities ``(n, n_classes)`` and unit embeddings ``(n, dim)`` of all recordings."""
    name = network.passport.front_end.name
    found = [heard.listen(network, r.windows[condition, name]) for r in recordings]
    return np.stack([p for p, _ in found]), np.stack([e for _, e in found])


def mfcc(recordings: list[Recording]) -> np.ndarray:
    """Similarity by mean and standard deviation of 20 MFCCs (librosa), standardised, by cosine."""
    import librosa

    rows = []
    for recording in recordings:
        found = librosa.feature.mfcc(y=recording.audio, sr=AUDIO_HZ, n_mfcc=20)
        rows.append(np.concatenate((found.mean(axis=1), found.std(axis=1))))
    vectors = unit(np.stack(rows), standardise=True)
    return vectors @ vectors.T


def teacher(recordings: list[Recording], name: str) -> np.ndarray:
    """Return a teacher's mean embeddings ``(n, dim)``: "mn04" (384), "musicnn" (200) or "FCN" (64)."""
    import torch

    hear = {"mn04": _mn04, "musicnn": _musicnn, "FCN": _fcn}[name]()
    torch.set_num_threads(1)
    with torch.inference_mode():
        return np.stack([hear(recording.audio) for recording in recordings])


def _mn04() -> Callable[[np.ndarray], np.ndarray]:
    import torch

    from segue.research.training.teachers.mn04 import load_mn04
    from segue.research.training.teachers.spectrograms import MN_RATE_HZ, mn_log_mel

    network = load_mn04(shared() / _WEIGHTS / "efficientat_mn04" / "mn04_as_mAP_432.pt")

    def hear(audio: np.ndarray) -> np.ndarray:
        mel = mn_log_mel(soxr.resample(audio, AUDIO_HZ, MN_RATE_HZ).astype(np.float32))
        parts = [p for p in torch.from_numpy(mel).split(3_000, dim=1) if p.shape[1] >= 500]
        return torch.cat([network.steps(p[None])[0] for p in parts], dim=1).mean(dim=1).numpy()

    return hear


def _musicnn() -> Callable[[np.ndarray], np.ndarray]:
    import torch

    from segue.research.training.teachers.musicnn import WINDOW_FRAMES, load_musicnn
    from segue.research.training.teachers.spectrograms import MSD_RATE_HZ, musicnn_log_mel

    network = load_musicnn(shared() / _WEIGHTS / "musicnn_keras" / "MSD_musicnn.h5", exact=False)

    def hear(audio: np.ndarray) -> np.ndarray:
        mel = torch.from_numpy(
            musicnn_log_mel(soxr.resample(audio, AUDIO_HZ, MSD_RATE_HZ).astype(np.float32))
        )
        return network(mel.unfold(1, WINDOW_FRAMES, 5 * 62).transpose(0, 1))[0].mean(dim=0).numpy()

    return hear


def _fcn() -> Callable[[np.ndarray], np.ndarray]:
    import torch

    from segue.research.training.teachers.fcn import FCN_FRAMES, load_fcn
    from segue.research.training.teachers.spectrograms import MSD_RATE_HZ, fcn_log_mel

    network = load_fcn(shared() / _WEIGHTS / "sota_music_tagging" / "msd_fcn.pth")

    def hear(audio: np.ndarray) -> np.ndarray:
        mel = torch.from_numpy(fcn_log_mel(soxr.resample(audio, AUDIO_HZ, MSD_RATE_HZ).astype(np.float32)))
        parts = [p for p in mel.split(FCN_FRAMES, dim=1) if p.shape[1] >= 1_300]
        return torch.stack([network(p[None])[0][0] for p in parts]).mean(dim=0).numpy()

    return hear


def bliss(recordings: list[Recording]) -> np.ndarray:
    """Similarity by bliss-audio: its features standardised, by negative distance; the same stretches, as a file."""
    import bliss_audio

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "piece.wav"
        for recording in recordings:
            soundfile.write(path, recording.audio, AUDIO_HZ)
            rows.append(np.asarray(bliss_audio.Song(str(path)).analysis, dtype=np.float64))
    vectors = unit(np.stack(rows), standardise=True)
    return vectors @ vectors.T


def musly(recordings: list[Recording], method: str) -> np.ndarray:
    """Similarity by musly ("timbre" or "mandelellis"): minus its distance after it has seen the whole collection."""
    import pymusly

    jukebox = pymusly.MuslyJukebox(method=method, decoder="none")
    tracks = [jukebox.track_from_audiodata(r.audio.astype(np.float32)) for r in recordings]
    jukebox.set_style(tracks)
    known = list(zip(jukebox.add_tracks(tracks), tracks, strict=True))
    rows = [jukebox.compute_similarity(one, known) for one in known]
    return -np.nan_to_num(np.array(rows, dtype=np.float64), nan=1e9, posinf=1e9)
