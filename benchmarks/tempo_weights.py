"""Find the weights of segue's tempo model again: `python -m benchmarks.tempo_weights` prints them.

A softmax over rates, fitted to the annotated tempi of GTZAN's training part and to click tracks. The training
clips' audio is not at hand but for 24, so envelopes come from the archive of mel spectrograms at 12.9 frames a
second: enough, as tempo is read below 6 Hz. Accuracy is cross-validated in six folds of artists.
"""

from __future__ import annotations

import csv

import numpy as np

from benchmarks import music
from segue.facets.tempo import GRID_BPM, Rhythm, measure_rhythm, rate_terms
from segue.metrics.tempo import accuracy1, accuracy2
from segue.signal.front_end import MEL128_V1

_RATE_HZ = MEL128_V1.frame_rate_hz
_TARGET_WIDTH_LOG2 = np.log2(1.025)
_CLICKS, _CLICK_WEIGHT = 150, 0.3
_RIDGE = 1.0
_FOLDS = 6


def training_tracks() -> list[tuple[str, float, np.ndarray]]:
    """Return (artist, BPM, onset envelope) of every annotated training track with a mel spectrogram."""
    from scipy.signal import resample

    folder = music.shared() / "data" / "gtzan"
    with open(folder / "tempo.csv", newline="", encoding="utf-8") as file:
        bpm = {row["track_id"]: float(row["bpm"]) for row in csv.DictReader(file)}
    with open(folder / "tracks.csv", newline="", encoding="utf-8") as file:
        rows = {row["track_id"]: row for row in csv.DictReader(file) if row["filtered_split"] == "train"}
    archive = np.load(folder / "mel128x387_uint8.npz")
    tracks = []
    for track_id, mel in zip(archive["track_id"].tolist(), archive["mel"], strict=True):
        if track_id in rows and track_id in bpm:
            level = mel.astype(np.float32) / 255.0 * 8.0  # decades of power
            rise = np.maximum(np.diff(level, axis=1, prepend=level[:, :1]), 0.0).mean(axis=0)
            n_frames = 1 + int(rows[track_id]["length_samples"]) // MEL128_V1.hop
            envelope = np.maximum(resample(rise, n_frames), 0.0)
            tracks.append((rows[track_id]["artist"] or track_id, bpm[track_id], envelope))
    return tracks


def click_track(bpm: float, duration_s: float, accents: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the onset envelope of clicks from 60 to 200 BPM, accents repeating, over a little noise."""
    n_frames = int(duration_s * _RATE_HZ)
    envelope = np.abs(rng.standard_normal(n_frames)) * rng.choice([0.001, 0.02])
    at = np.arange(rng.uniform(0.0, 60.0 / bpm), duration_s, 60.0 / bpm) * _RATE_HZ
    levels = np.resize(accents, len(at))
    whole = at.astype(int)
    inside = whole < n_frames - 1
    np.add.at(envelope, whole[inside], (levels * (1.0 - at + whole))[inside])
    np.add.at(envelope, whole[inside] + 1, (levels * (at - whole))[inside])
    return envelope


def terms(envelope: np.ndarray) -> np.ndarray:
    rhythm = measure_rhythm(envelope, _RATE_HZ)
    assert isinstance(rhythm, Rhythm), "training music has onsets"
    return rate_terms(rhythm)


def target(bpm: float) -> np.ndarray:
    """Return the share of each rate in the answer: a narrow bell around the annotation."""
    bell = np.exp(-0.5 * (np.log2(GRID_BPM / bpm) / _TARGET_WIDTH_LOG2) ** 2)
    return bell / bell.sum()


def fit(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the weights ``(n_terms,)`` of most likely targets, a little ridge on standardised terms."""
    from scipy.optimize import minimize

    scale = inputs.std(axis=(0, 1))
    inputs, shares = inputs / scale, targets.sum(axis=1, keepdims=True)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = inputs @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scores).sum(axis=1, keepdims=True))
        residual = targets - shares * np.exp(scores - log_sum)
        slope = _RIDGE * weights - np.einsum("ngt,ng->t", inputs, residual)
        return 0.5 * _RIDGE * weights @ weights - (targets * (scores - log_sum)).sum(), slope

    return minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B").x / scale


def main() -> None:
    tracks = training_tracks()
    rng = np.random.default_rng(0)
    accents = [np.array(a) for a in ([1.0], [1.0, 0.9, 0.9, 0.9], [1.0, 0.85, 0.9, 0.85], [1.0, 0.85, 0.85])]
    click_bpm = 2.0 ** rng.uniform(np.log2(60.0), np.log2(200.0), _CLICKS)
    clicks = [click_track(b, rng.choice([10.0, 30.0]), accents[rng.integers(4)], rng) for b in click_bpm]
    click_inputs = np.stack([terms(envelope) for envelope in clicks])
    click_targets = np.stack([target(b) for b in click_bpm]) * _CLICK_WEIGHT

    inputs = np.stack([terms(envelope) for _, _, envelope in tracks])
    bpm = np.array([b for _, b, _ in tracks])
    targets = np.stack([target(b) for b in bpm])
    artists = sorted({artist for artist, _, _ in tracks})
    fold_of = dict(zip(artists, rng.integers(0, _FOLDS, len(artists)), strict=True))
    fold = np.array([fold_of[artist] for artist, _, _ in tracks])
    estimates = np.zeros(len(tracks))
    for held_out in range(_FOLDS):
        kept = fold != held_out
        weights = fit(
            np.concatenate((inputs[kept], click_inputs)), np.concatenate((targets[kept], click_targets))
        )
        estimates[~kept] = GRID_BPM[np.argmax(inputs[~kept] @ weights, axis=1)]
    weights = fit(np.concatenate((inputs, click_inputs)), np.concatenate((targets, click_targets)))
    found = GRID_BPM[np.argmax(click_inputs @ weights, axis=1)]
    print(f"{len(tracks)} tracks, geometric mean {2 ** np.log2(bpm).mean():.1f} BPM")
    print(
        f"cross-validated Accuracy1 {accuracy1(estimates, bpm):.3f}, Accuracy2 {accuracy2(estimates, bpm):.3f}"
    )
    print(f"click tracks: Accuracy1 {accuracy1(found, click_bpm):.3f}")
    print("weights", np.round(weights, 2).tolist())


if __name__ == "__main__":
    main()
