"""Where datasets can be had from their publishers: addresses, sizes and digests, with who said so.

Digests are those the publisher prints. Where a dataset cannot be fetched without a login, its steps stand here
instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from segue.errors import DatasetError

_MIB = 1024**2
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file must hash to: hashlib's name of the algorithm, lower-case hex, and where that is published."""

    algorithm: str
    hex: str
    published_at: str


@dataclass(frozen=True, slots=True)
class Source:
    """One file that a publisher offers.

    ``about_bytes`` is the size as published, which may be rounded: it serves to ask for disk space
    before anything is fetched. ``folder`` is what the archive ``name`` unpacks to, None where it is no
    archive, and ``unpacked_about_bytes`` the room that takes.
    """

    name: str
    url: str
    about_bytes: int
    digest: Digest
    folder: str | None = None
    unpacked_about_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """How one dataset is had: files to fetch, or the reason why a person has to, and the steps."""

    dataset: str
    sources: tuple[Source, ...] = ()
    reason: str = ""
    steps: tuple[str, ...] = ()


def offer_of(dataset: str) -> Offer:
    """Return how ``dataset`` is had. Raises DatasetError (``unknown-dataset``)."""
    for offer in OFFERS:
        if offer.dataset == dataset:
            return offer
    names = ", ".join(offer.dataset for offer in OFFERS)
    raise DatasetError(
        f"No source is known for dataset {dataset!r}; choose one of {names}.", code="unknown-dataset"
    )


_FMA_README = "https://github.com/mdeff/fma"
_FMA_FILES = "https://os.unil.cloud.switch.ch/fma"


def _fma(name: str, about_bytes: int, sha1: str, unpacked_about_bytes: int) -> Source:
    return Source(
        f"{name}.zip",
        f"{_FMA_FILES}/{name}.zip",
        about_bytes,
        Digest("sha1", sha1, _FMA_README),
        name,
        unpacked_about_bytes,
    )


# Sizes and SHA-1 as printed in the README of github.com/mdeff/fma (2017-05-09 release). MP3 does not shrink in
# a zip, so clips take what their archive takes; the metadata's CSV files grow fourfold.
_METADATA = _fma("fma_metadata", 342 * _MIB, "f0df49ffe5f2a6008d7dc83c6915b31835dfe733", round(1.5 * _GIB))
_SMALL = _fma("fma_small", round(7.2 * _GIB), "ade154f733639d52e35e32f5593efe5be76c6d70", round(7.2 * _GIB))
_MEDIUM = _fma("fma_medium", 22 * _GIB, "c67b69ea232021025fca9231fc1c7c1a063ab50b", 22 * _GIB)
_LARGE = _fma("fma_large", 93 * _GIB, "497109f4dd721066b5ce5e5f250ec604dc78939e", 93 * _GIB)

OFFERS = (
    Offer(
        "gtzan",
        reason="Its own site (marsyas.info) no longer offers it, no digest of it was published, and the copy "
        "most in use needs a login.",
        steps=(
            "Make an account at https://www.kaggle.com and sign in.",
            "Open https://www.kaggle.com/datasets/andradaolteanu/gtzan-dataset-music-genre-classification and "
            "press Download (1.2 GB).",
            "Unpack it; the clips are Data/genres_original/<genre>/<genre>.<number>.wav.",
            "Check every file against segue's index: segue datasets verify gtzan Data/genres_original",
        ),
    ),
    Offer("fma-small", (_METADATA, _SMALL)),
    Offer("fma-medium", (_METADATA, _MEDIUM)),
    Offer("fma-large", (_METADATA, _LARGE)),
)
