"""What the network hears of a dataset: one window of 30 s for every track, in the form of the mel archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import Track
from segue.research.datasets.mel_archive import read_mel_archive
from segue.research.datasets.middle import middle_of
from segue.research.datasets.work import Work, one_by_one
from segue.signal.front_end import MEL128_V1
from segue.signal.windows import whole_window
from segue.types import Failure


class Spectrograms(NamedTuple):
    """Spectrograms uint8 ``(n, 128, 387)``, 0..255 for each window's minimum..maximum; row i is ``ids[i]``.

    ``failures`` names every track asked for that has no row, by its path or else its id.
    """

    mel: np.ndarray
    ids: tuple[str, ...]
    failures: tuple[Failure, ...]


def spectrograms(
    dataset: Dataset,
    ids: Sequence[str] | None = None,
    *,
    step: Callable[[], None] = lambda: None,
    work: Work = one_by_one,
) -> Spectrograms:
    """Return the spectrograms of ``ids`` (None: of all tracks), in that order, and what could not be read.

    From the mel archive where it has the track, else from audio through MEL128_V1, of each track the 30 s
    that segue.research.datasets.middle takes. 50 kB a track. ``step`` is called after every track that was read from
    audio, ``work`` says where that is done.

    Raises DatasetError for an unknown id and for an archive or a tar that cannot be read.
    """
    tracks = dataset.select(dataset.ids if ids is None else tuple(ids))
    mel = np.zeros((len(tracks), MEL128_V1.n_mels, MEL128_V1.window_picks), np.uint8)
    row_of = {track.track_id: row for row, track in enumerate(tracks)}
    done = np.zeros(len(tracks), dtype=bool)
    if dataset.archive is not None:
        archive = read_mel_archive(dataset.archive)
        for track_id, row in archive.rows().items():
            if track_id in row_of:
                mel[row_of[track_id]] = archive.mel[row]
                done[row_of[track_id]] = True
    failures = {}
    for track, outcome in _from_audio(dataset, [t for t in tracks if not done[row_of[t.track_id]]], work):
        row = row_of[track.track_id]
        if isinstance(outcome, Failure):
            failures[row] = Failure(track.path or track.track_id, outcome.stage, outcome.cause)
        else:
            mel[row] = outcome
            done[row] = True
        step()
    readable = tuple(track.track_id for row, track in enumerate(tracks) if done[row])
    lost = tuple(failure for _, failure in sorted(failures.items()))
    return Spectrograms(mel if done.all() else mel[done], readable, lost)


def spectrogram_of(path: str) -> np.ndarray:
    """Return one file's spectrogram uint8 ``(128, 387)``. Raises AudioError as segue.audio.open does."""
    samples = middle_of(path, MEL128_V1.sample_rate_hz)
    return np.round(whole_window(samples, MEL128_V1) * 255.0).astype(np.uint8)


def _from_audio(
    dataset: Dataset, tracks: Sequence[Track], work: Work
) -> Iterator[tuple[Track, np.ndarray | Failure]]:
    if not isinstance(dataset.audio, FolderAudio):  # a tar's members come and go one at a time
        for track, path in dataset.audio.each(tracks):
            yield track, _nothing(track) if path is None else next(one_by_one(spectrogram_of, [str(path)]))[1]
        return
    track_at = {}
    for track, path in dataset.audio.each(tracks):
        if path is None:
            yield track, _nothing(track)
        else:
            track_at[str(path)] = track
    for path, outcome in work(spectrogram_of, track_at):
        yield track_at[path], outcome


def _nothing(track: Track) -> Failure:
    return Failure(track.track_id, "open", "There is neither audio nor a spectrogram of it.")
