"""Models that know who made what, and neither sound nor genres: what the name alone is worth, at its own best weight.

``ease-and-als+artists`` is the hybrid whose similarity of items is ``artists [same artist]`` and nothing else (ease.py);
``artist-to-ease`` predicts the weights into cold items from [same artist] alone (cold_items.py). What a model with content
gains over them is what content says beyond naming the artist.
"""

from __future__ import annotations

from segue.recommend.models.contract import Kind, Range
from segue.recommend.models.hybrid import fit_two_views
from segue.research.models.content_to_ease import fit_cold

KINDS = (
    Kind(
        "ease-and-als+artists",
        "EASE with the artist as side information, and ALS, in one score; neither sound nor genres",
        "warm",
        fit_two_views,
        tuple(
            {"l2": 200.0, "share": share, "artists": weight} for weight in (15.0, 8.0) for share in (1.0, 0.5)
        ),
        (
            Range("l2", 50.0, 500.0, log=True),
            Range("share", 0.1, 3.0, log=True),
            Range("artists", 1.0, 100.0, log=True),
        ),
        needs=frozenset({"artists"}),
    ),
    Kind(
        "artist-to-ease",
        "EASE's weights of a cold item, predicted from the artist alone by kernel regression",
        "cold",
        fit_cold,
        tuple({"l2": l2, "own": own, "artists": 1.0} for l2 in (0.5, 3.0) for own in (0.3, 1.0)),
        (Range("l2", 0.1, 30.0, log=True), Range("own", 0.01, 3.0, log=True)),
        needs=frozenset({"artists"}),
    ),
)
