"""Findings about labels that a model trained on other tracks disagrees with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from segue.audit.findings import AuditTrack, Finding
from segue.copies.names import artist_keys
from segue.research.audit.features import Features
from segue.research.audit.labels import Suspicion, suspicious_labels

_EXCLUDED_MARGIN = 0.8  # of the two probabilities: from here on an exclusion list names the track


def label_findings(
    tracks: Sequence[AuditTrack], features: Callable[[], Iterator[Features]], unchecked: list[str]
) -> Iterator[Finding]:
    """Yield the suspicious labels of ``tracks``.

    Each set of ``features`` judges the tracks that none before it judged; they are computed only where there are two
    labels and more. Adds to ``unchecked`` what could not be judged.
    """
    by_id = {track.track_id: track for track in tracks if track.label is not None}
    if len({track.label for track in by_id.values()}) < 2:
        unchecked.append("labels: there are none, or only one")
        return
    judged: set[str] = set()
    for one in features():
        rows = [row for row, track_id in enumerate(one.ids) if track_id in by_id]
        labelled = [by_id[one.ids[row]] for row in rows]
        labels = [track.label or "" for track in labelled]
        groups = [_artist_group(track) for track in labelled]
        for suspicion in suspicious_labels(one.vectors[rows], labels, groups) if rows else ():
            track_id = labelled[suspicion.row].track_id
            if track_id not in judged:
                yield _finding(track_id, suspicion, one.name)
        judged.update(track.track_id for track in labelled)
    if len(judged) < len(by_id):
        unchecked.append(
            f"labels: {len(by_id) - len(judged):,} tracks have neither an embedding nor a spectrogram"
        )


def _finding(track_id: str, suspicion: Suspicion, features: str) -> Finding:
    evidence = (
        f"Labelled {suspicion.given}, classified as {suspicion.other} (probability {suspicion.other_probability:.2f} "
        f"against {suspicion.given_probability:.2f}) by a model over {features}, trained on other artists."
    )
    values = (
        ("given", suspicion.given),
        ("other", suspicion.other),
        ("given_probability", round(suspicion.given_probability, 4)),
        ("other_probability", round(suspicion.other_probability, 4)),
    )
    if suspicion.margin >= _EXCLUDED_MARGIN:
        return Finding("suspicious-label", "medium", (track_id,), evidence, values, (track_id,))
    return Finding("suspicious-label", "low", (track_id,), evidence, values)


def _artist_group(track: AuditTrack) -> str:
    """A name that tracks share which must be in one fold: the first artist, or nothing but themselves."""
    return min(artist_keys(track.artist), default=f"unknown artist of {track.track_id}")
