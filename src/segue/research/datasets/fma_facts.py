"""What is known of FMA without having it: licence, citation, subsets, and faults with who found them.

FMA (Defferrard, Benzi, Vandergheynst and Bresson 2017) is 106,574 tracks of the Free Music Archive. The faults
are those its users and authors report in the issues of github.com/mdeff/fma; the tracks are named there.
"""

from __future__ import annotations

from dataclasses import dataclass

from segue.research.datasets.dataset import Fault

LICENCE = (
    "Metadata CC BY 4.0; each track under the licence its artist chose (column track.license of tracks.csv,"
    " mostly Creative Commons), meant for research."
)
CITATION = (
    "M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, FMA: A dataset for music analysis,"
    " 18th International Society for Music Information Retrieval Conference, 2017 (arXiv 1612.01840)"
)


@dataclass(frozen=True, slots=True)
class Subset:
    """One size of FMA: ``holds`` are the values of column set.subset that belong to it."""

    name: str
    summary: str
    holds: tuple[str, ...]


SUBSETS = {
    subset.name: subset
    for subset in (
        Subset("fma-small", "8,000 clips of 30 s, eight genres of 1,000 each", ("small",)),
        Subset(
            "fma-medium", "25,000 clips of 30 s, sixteen genres, one root genre each", ("small", "medium")
        ),
        Subset(
            "fma-large",
            "106,574 clips of 30 s, 161 genres, some without a root genre",
            ("small", "medium", "large"),
        ),
    )
}

# The song's real length was shorter than the website said, so that its clip was cut at the wrong place,
# for some beyond the end (M. Defferrard in issue 8, 2017-11-18).
CUT_WRONGLY = tuple(
    "001486 005574 065753 080391 098558 098559 098560 098565 098566 098567 098568 098569 098571 099134"
    " 105247 108924 108925 126981 127336 133297 143992".split()
)
SHORT_IN_SMALL = ("098565", "098567", "098569", "099134", "108925", "133297")
EMPTY_IN_SMALL = ("099134", "108925", "133297")

FAULTS = (
    Fault(
        "no audio at all: the clip was cut beyond the end of the song",
        "mdeff/fma issue 44",
        EMPTY_IN_SMALL,
        True,
    ),
    Fault(
        "much shorter than 30 s, in the small subset",
        "mdeff/fma issue 8",
        SHORT_IN_SMALL,
    ),
    Fault(
        "cut at the wrong place because the website gave a wrong length",
        "mdeff/fma issue 8",
        CUT_WRONGLY,
    ),
    Fault("937 of the 106,574 files of fma_full have the bytes of another", "mdeff/fma issue 23"),
    Fault("column track.duration is the website's and is wrong for some tracks", "mdeff/fma issue 4"),
)
