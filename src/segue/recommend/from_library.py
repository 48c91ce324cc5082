"""A content recommender over what a library holds, and seeds from what was just analysed."""

from __future__ import annotations

from segue.errors import AudioError
from segue.library.records import Sketch
from segue.library.store import Library
from segue.recommend.content import PER_ARTIST, ContentRecommender, Seed
from segue.recommend.search import build_index
from segue.types import TrackAnalysis


def content_from_library(
    library: Library, model: str, *, per_artist: int = PER_ARTIST, queries: int = 1
) -> ContentRecommender:
    """A recommender of track ids over all embeddings by ``model``, to be asked ``queries`` times.

    Raises FrontEndMismatch when the library holds analyses by other models only. The library
    must stay open while the recommender is in use.
    """
    embeddings = library.vectors(model)
    return ContentRecommender(
        embeddings.track_ids,
        build_index(embeddings.vectors, queries=queries),
        library.artists(embeddings.track_ids),
        lambda track_id: library.sketch(track_id, model),
        per_artist=per_artist,
    )


def seed_outside(analysis: TrackAnalysis) -> Seed:
    """A seed from the analysis of a file that is in no library. Raises AudioError when it is silent."""
    if analysis.embedding is None:
        raise AudioError("Nothing fits silence: choose a seed that can be heard.", "analyse")
    return Seed(analysis.embedding, Sketch(analysis.duration_s, analysis.fingerprint, analysis.embedding))
