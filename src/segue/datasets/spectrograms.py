"""What the network hears of a dataset: one window of 30 s for every track, in the form of the mel archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from segue.audio.mono import Resampler, downmix
from segue.audio.open import open_audio
from segue.datasets.dataset import Dataset
from segue.datasets.index import Track
from segue.errors import AudioError, DatasetError
from segue.features.front_end import MEL128_V1
from segue.features.windows import whole_window
from segue.types import Failure

_RATE_HZ = MEL128_V1.sample_rate_hz
_WINDOW = 30 * _RATE_HZ
# A clip of about 30 s is taken whole, its columns stretched to 387, as those of the archive were
# (GTZAN's are 29.9 to 30.6 s long). What is longer or shorter than that is cut or repeated.
_SHORTEST_WHOLE, _LONGEST_WHOLE = 27 * _RATE_HZ, 33 * _RATE_HZ


class Spectrograms(NamedTuple):
    """Spectrograms uint8 ``(n, 128, 387)``, 0..255 for each window's minimum..maximum; row i is ``ids[i]``.

    ``failures`` names every track asked for that has no row, by its path or else its id.
    """

    mel: np.ndarray
    ids: tuple[str, ...]
    failures: tuple[Failure, ...]


def spectrograms(
    dataset: Dataset, ids: Sequence[str] | None = None, step: Callable[[], None] = lambda: None
) -> Spectrograms:
    """Return the spectrograms of ``ids`` (None: of all tracks), in that order, and what could not be read.

    From the mel archive where it has the track, else from audio through MEL128_V1: the whole of a clip of
    27 to 33 s, the middle 30 s of a longer track, a shorter one repeated until 30 s are full. ``step`` is
    called after every track that was looked for. 50 kB a track.

    Raises DatasetError for an unknown id and for an archive that cannot be read.
    """
    tracks = dataset.select(dataset.ids if ids is None else tuple(ids))
    rows = {} if dataset.archive is None else _archived(dataset.archive, tracks)
    failures = {}
    for track, path in dataset.audio.each([track for track in tracks if track.track_id not in rows]):
        try:
            rows[track.track_id] = heard(_require(path, dataset, track))
        except AudioError as error:
            failures[track.track_id] = Failure(track.path or track.track_id, error.stage, str(error))
        step()
    readable = tuple(track.track_id for track in tracks if track.track_id in rows)
    mel = np.empty((len(readable), MEL128_V1.n_mels, MEL128_V1.window_picks), np.uint8)
    for row, track_id in enumerate(readable):
        mel[row] = rows[track_id]
    lost = tuple(failures[t.track_id] for t in tracks if t.track_id in failures)
    return Spectrograms(mel, readable, lost)


def heard(path: Path) -> np.ndarray:
    """Return one file's spectrogram uint8 ``(128, 387)``. Raises AudioError as segue.audio.open does."""
    return np.round(whole_window(middle_of(path), MEL128_V1) * 255.0).astype(np.uint8)


def middle_of(path: Path) -> np.ndarray:
    """Return float32 ``(n,)`` at 22,050 Hz: a clip of about 30 s whole, 30 s of any other file.

    Where the header tells the length, decoding stops behind the middle. Raises AudioError.
    """
    with open_audio(path) as stream:
        info = stream.info
        declared = info.n_frames_declared and info.n_frames_declared * _RATE_HZ / info.sample_rate_hz
        enough = declared / 2 + _WINDOW / 2 if declared and declared > _LONGEST_WHOLE else np.inf
        resampler = Resampler(info.sample_rate_hz, _RATE_HZ)
        kept, first, end = [], 0, 0  # kept pieces reach from sample ``first`` to ``end``
        for block in stream.blocks():
            kept.append(resampler.push(downmix(block)))
            end += len(kept[-1])
            # The middle of what is still to come lies no earlier than the middle of what there is.
            while first + len(kept[0]) < end / 2 - _LONGEST_WHOLE:
                first += len(kept.pop(0))
            if end >= enough:
                samples = np.concatenate(kept)
                at = int(enough) - _WINDOW - first
                return samples[at : at + _WINDOW]
        kept.append(resampler.push(np.empty(0, np.float32), last=True))
    end += len(kept[-1])
    samples = np.concatenate(kept)
    if end > _LONGEST_WHOLE:
        at = (end - _WINDOW) // 2 - first
        return samples[at : at + _WINDOW]
    return samples if end >= _SHORTEST_WHOLE else np.resize(samples, _WINDOW)


def _archived(path: Path, tracks: Sequence[Track]) -> dict[str, np.ndarray]:
    """Rows of the archive, by track id, of those ``tracks`` that it holds."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            names, mel = archive["track_id"], archive["mel"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DatasetError(f"{path} is not a mel archive ({error}); fetch the dataset again.") from error
    shape = (len(names), MEL128_V1.n_mels, MEL128_V1.window_picks)
    if mel.dtype != np.uint8 or mel.shape != shape:
        raise DatasetError(
            f"{path} holds {mel.dtype} {mel.shape} where uint8 {shape} is due; fetch the dataset again."
        )
    wanted = {track.track_id for track in tracks}
    return {str(name): mel[row] for row, name in enumerate(names) if str(name) in wanted}


def _require(path: Path | None, dataset: Dataset, track: Track) -> Path:
    if path is None:
        where = "the mel archive has no row and there is no audio" if dataset.archive else "there is no audio"
        raise AudioError(f"Of {track.track_id} {where}.", "open")
    return path
