"""Tempo: which of the rates at which onsets recur a listener would tap to.

Finding a rate at which onsets recur is easy; choosing among the beat, its halves and its multiples is
the work. Each rate on a fine grid is scored by how well the envelope repeats after one beat and after two
(generalised autocorrelation: Tolonen and Karjalainen 2000, used for tempo by Percival and Tzanetakis,
"Streamlined tempo estimation", 2014), by how strongly it moves at that rate and at twice it (a rate at
which nothing moves is a fraction of the beat, however well it repeats: Peeters, "Template-based
estimation of time-varying tempo", 2007), and by how common the tempo is (Parncutt 1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.facets.base import Facet, FromMel, StreamFormat
from segue.facets.stored import Numbers
from segue.signal.onset import OnsetEnvelope
from segue.types import Tempo

GRID_BPM = np.geomspace(30.0, 300.0, 231)  # steps of 1 %
_SHORTEST_S = 3.0
_WINDOW_S, _HOPS_PER_WINDOW = 8.0, 4
_WINDOWS_AT_ONCE = 64
_SMOOTHING_HZ, _SMOOTHING_TAPS = 6.0, 15  # nothing to tap to is faster; Percival and Tzanetakis take 7 Hz
_COMPRESSION = 0.5
# Mean rise of all bands, in decades of power a frame, at which a window holds no onsets but rounding and the
# beating of long tones; 60 clicks a minute make 0.06, quiet music 0.05.
_STILL = 0.01

# Weights of `rate_terms`: a softmax regression on the tempi annotated for 442 tracks of GTZAN's
# training part (Kereliuk, Sturm and Larsen 2015) and on click tracks; benchmarks/tempo_weights.py finds them.
WEIGHTS = np.array([0.99, 1.23, 2.62, 5.04, -1.09])
_LOG_FLOOR = 0.1
_COMMON_BPM = 114.0  # geometric mean of the same annotations

_TOLERANCE = 0.04  # how close two tempi count as one (Gouyon et al. 2006)
_CLEARLY_REPEATS = 0.25


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How an envelope repeats and moves, averaged over windows of 8 s."""

    frame_rate_hz: float
    repeats: np.ndarray  # generalised autocorrelation by lag in frames, 1 at lag 0
    correlation: np.ndarray  # plain autocorrelation by lag in frames, 1 at lag 0
    moves: np.ndarray  # magnitude spectrum from 0 Hz to half the frame rate, at equal steps

    def lag(self, bpm: np.ndarray) -> np.ndarray:
        """Return a beat's length in frames."""
        return 60.0 * self.frame_rate_hz / bpm


def estimate_tempo(envelope: np.ndarray, frame_rate_hz: float) -> Tempo | None:
    """Return the tempo of an onset envelope ``(n_frames,)``, 30 to 300 BPM.

    None where nothing recurs: silence, one long tone, or less than 3 s. The confidence in [0, 1] is the
    model's probability that the tempo is right within 4 %, less where under a quarter of the envelope's
    variance repeats from beat to beat: 0.5 to 0.95 for click tracks, below 0.2 for noise.
    """
    rhythm = measure_rhythm(envelope, frame_rate_hz)
    if rhythm is None:
        return None
    score = rate_terms(rhythm) @ WEIGHTS
    probability = np.exp(score - score.max())
    probability /= probability.sum()
    likeliest = GRID_BPM[np.argmax(score)]
    near = np.abs(GRID_BPM / likeliest - 1.0) <= _TOLERANCE
    lag = _refine(rhythm.repeats, float(rhythm.lag(likeliest)))
    steadiness = np.interp([lag, 2.0 * lag], np.arange(len(rhythm.correlation)), rhythm.correlation).mean()
    # Noise repeats by chance about this much; the smoothed envelope moves freely every five frames.
    chance = np.sqrt(5.0 / len(envelope))
    clarity = np.clip((steadiness - chance) / _CLEARLY_REPEATS, 0.0, 1.0)
    return Tempo(
        bpm=60.0 * frame_rate_hz / lag, confidence=float(min(probability[near].sum() * clarity, 1.0))
    )


def measure_rhythm(envelope: np.ndarray, frame_rate_hz: float) -> Rhythm | None:
    """Return how an onset envelope ``(n_frames,)`` repeats and moves; None where nothing sets in."""
    envelope = np.asarray(envelope, dtype=np.float64)
    if len(envelope) < _SHORTEST_S * frame_rate_hz or not np.isfinite(envelope).all():
        return None
    # Edges go on as they are, so that an unchanging envelope stays one.
    padded = np.pad(envelope, _SMOOTHING_TAPS // 2, mode="edge")
    envelope = np.convolve(padded, _low_pass(frame_rate_hz), mode="valid")
    size = min(round(_WINDOW_S * frame_rate_hz), len(envelope))
    windows = np.lib.stride_tricks.sliding_window_view(envelope, size)[:: max(1, size // _HOPS_PER_WINDOW)]
    n_fft = 1 << (4 * size - 1).bit_length()  # zeros enough for linear interpolation between steps
    taper = np.hanning(size + 2)[1:-1]
    sums = np.zeros((3, n_fft // 2 + 1))
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        pieces = windows[start : start + _WINDOWS_AT_ONCE]
        means = pieces.mean(axis=1, keepdims=True)
        moving = (means[:, 0] > _STILL) & (pieces.std(axis=1) > 0.1 * _STILL)
        moves = np.abs(np.fft.rfft((pieces - means)[moving] * taper, n_fft))
        for total, spectra in zip(sums, (moves ** (2 * _COMPRESSION), moves**2, moves), strict=True):
            total += (spectra / spectra.mean(axis=1, keepdims=True)).sum(axis=0)
    if not sums.any():
        return None
    # The taper's own decay with lag is taken out, as far as enough of the window overlaps itself.
    decay = np.fft.irfft(np.abs(np.fft.rfft(taper, n_fft)) ** 2)[:size]
    decay = np.maximum(decay / decay[0], 0.2)
    repeats, correlation = (np.fft.irfft(total)[:size] for total in sums[:2])
    return Rhythm(frame_rate_hz, repeats / repeats[0], correlation / correlation[0] / decay, sums[2])


def rate_terms(rhythm: Rhythm) -> np.ndarray:
    """Return what speaks for each rate of `GRID_BPM`, float64 ``(231, 5)``, for `WEIGHTS` to weigh.

    In order: repeats after one beat, after two, moves at twice the rate, log10 of moves at the rate, and
    squared octaves from the common tempo. Repeats and moves are shares of their largest value.
    """
    rate_hz = rhythm.frame_rate_hz
    beat = rhythm.lag(GRID_BPM)
    repeats = rhythm.repeats / max(float(rhythm.repeats[int(0.2 * rate_hz) : int(2.0 * rate_hz)].max()), 1e-3)
    lags = np.arange(len(repeats))
    hz = np.linspace(0.0, rate_hz / 2.0, len(rhythm.moves))
    moves = rhythm.moves / rhythm.moves[(hz > 0.5) & (hz < 8.0)].max()
    return np.stack(
        [
            np.interp(beat, lags, repeats),
            np.interp(2.0 * beat, lags, repeats),
            np.interp(2.0 * GRID_BPM / 60.0, hz, moves),
            np.log10(np.interp(GRID_BPM / 60.0, hz, moves) + _LOG_FLOOR),
            np.log2(GRID_BPM / _COMMON_BPM) ** 2,
        ],
        axis=1,
    )


def _low_pass(frame_rate_hz: float) -> np.ndarray:
    """Return a Hamming-windowed low-pass, sum 1."""
    n = np.arange(_SMOOTHING_TAPS) - _SMOOTHING_TAPS // 2
    taps = np.sinc(2.0 * _SMOOTHING_HZ / frame_rate_hz * n) * np.hamming(_SMOOTHING_TAPS)
    return taps / taps.sum()


def _refine(repeats: np.ndarray, lag: float) -> float:
    """Return the lag within 3 % of ``lag`` at whose multiples the envelope repeats best."""
    # Beyond half a window too little of it overlaps itself.
    multiples = np.arange(1, max(2, min(8, int(len(repeats) / 2 / lag)) + 1))
    lags = lag * np.linspace(0.97, 1.03, 121)
    comb = np.interp(np.outer(multiples, lags), np.arange(len(repeats)), repeats).sum(axis=0)
    return float(lags[np.argmax(comb)])


class _TempoAccumulator:
    def __init__(self, stream: StreamFormat) -> None:
        self._onsets = OnsetEnvelope()
        self._frame_rate_hz = stream.front_end.frame_rate_hz
        self.push = self._onsets.push

    def value(self) -> Tempo | None:
        return estimate_tempo(self._onsets.envelope, self._frame_rate_hz)


def distance(tempo: Tempo, column: np.ndarray) -> np.ndarray:
    """Return how far tempi are apart in octaves, ``(n,)`` in [0, 1]; ``column`` is ``(n, 2)``: BPM and confidence.

    Twice the distance to the nearest octave (0.5 octaves, as 120 to 85 BPM, are 1), and a quarter for each octave
    between: half and double of a tempo are what listeners and estimators confuse most (Gouyon et al., "An experimental
    comparison of audio tempo induction algorithms", 2006), so they are near, but not equal.
    """
    octaves = np.log2(column[:, 0] / tempo.bpm)
    whole = np.rint(octaves)
    return np.minimum(2.0 * np.abs(octaves - whole) + 0.25 * np.abs(whole), 1.0)


TEMPO = Facet(
    name="tempo",
    version="1",
    source=FromMel(_TempoAccumulator),
    stored=Numbers[Tempo](
        "<f8", 2, lambda tempo: (tempo.bpm, tempo.confidence), lambda row: Tempo(*row.tolist())
    ),
    distance=distance,
    words=lambda tempo: f"{tempo.bpm:.1f} BPM (confidence {tempo.confidence:.2f})",
    document=lambda tempo: {"bpm": round(tempo.bpm, 1), "confidence": round(tempo.confidence, 3)},
    confidence=lambda tempo: tempo.confidence,
    least_confidence=0.2,  # noise stays below
)
