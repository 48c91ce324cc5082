"""What is compared: versions of segue, the networks it learned from, MFCC statistics, bliss and musly.

Each takes recordings and returns a matrix of similarities ``(n, n)``, all from the clean sound unless it is a
version of segue, whose embeddings in each condition `embeddings` gives.
"""

from __future__ import annotations

import tempfile
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


def teachers(recordings: list[Recording]) -> dict[str, np.ndarray]:
    """Return the teachers' mean embeddings by name, ``(n, dim)``: mn04 (384), musicnn (200), FCN (64)."""
    import torch

    from segue.research.training.teachers.fcn import FCN_FRAMES, load_fcn
    from segue.research.training.teachers.mn04 import load_mn04
    from segue.research.training.teachers.musicnn import WINDOW_FRAMES, load_musicnn
    from segue.research.training.teachers.spectrograms import (
        MN_RATE_HZ,
        MSD_RATE_HZ,
        fcn_log_mel,
        mn_log_mel,
        musicnn_log_mel,
    )

    weights = shared() / _WEIGHTS
    mn04 = load_mn04(weights / "efficientat_mn04" / "mn04_as_mAP_432.pt")
    fcn = load_fcn(weights / "sota_music_tagging" / "msd_fcn.pth")
    musicnn = load_musicnn(weights / "musicnn_keras" / "MSD_musicnn.h5", exact=False)
    rows: dict[str, list[np.ndarray]] = {"mn04": [], "musicnn": [], "FCN": []}
    with torch.inference_mode():
        for recording in recordings:
            high, low = (
                soxr.resample(recording.audio, AUDIO_HZ, hz).astype(np.float32)
                for hz in (MN_RATE_HZ, MSD_RATE_HZ)
            )
            steps = mn04.steps(torch.from_numpy(mn_log_mel(high))[None])[0]
            rows["mn04"].append(steps.mean(dim=1).numpy())
            mel = torch.from_numpy(musicnn_log_mel(low))
            cuts = mel.unfold(1, WINDOW_FRAMES, 5 * 62).transpose(0, 1)
            rows["musicnn"].append(musicnn(cuts)[0].mean(dim=0).numpy())
            log_mel = torch.from_numpy(fcn_log_mel(low))
            parts = log_mel.split(FCN_FRAMES, dim=1)
            parts = [p for p in parts if p.shape[1] >= 1_300] or [log_mel.repeat(1, 2)]
            rows["FCN"].append(torch.stack([fcn(p[None])[0][0] for p in parts]).mean(dim=0).numpy())
    return {name: np.stack(found) for name, found in rows.items()}


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
