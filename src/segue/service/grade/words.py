"""What a grade justifies saying, in sentences; never more than its intervals and sample sizes bear."""

from __future__ import annotations

from typing import Any

from segue.research.compare.told import Told

_KIND_WORDS = {
    "playlist": "playlists",
    "session": "sessions of listening",
    "album": "albums",
    "list": "lists",
}


def sentences(document: dict[str, Any]) -> list[str]:
    """Return the verdict, a sentence or two each."""
    told = Told({**document, "headline": "recall@20"})
    said = [
        _asked(document),
        *_against_chance(document, told),
        *_not_asked(document),
        *_others(document, told),
        *_hubs(document, told),
    ]
    if not document["enough"]:
        said.append(
            f"This is too little data to tell: {document['n_lists_asked']} lists say little about the next one, "
            "and intervals of so few are themselves uncertain."
        )
    return said


def _asked(document: dict[str, Any]) -> str:
    kinds = " and ".join(f"{n:,} {_KIND_WORDS.get(kind, kind)}" for kind, n in document["lists"].items())
    return (
        f"{kinds}, {document['n_tracks']:,} tracks: from {document['n_lists_asked']:,} lists a fifth of the tracks was "
        f"hidden ({document['n_hidden']:,} of them), {len(document['seeds'])} times over, and each way of recommending asked "
        "for the 20 tracks that fit the rest."
    )


def _against_chance(document: dict[str, Any], told: Told) -> list[str]:
    said = []
    no_popularity = document["collaborative"]["reachable"] == 0
    if no_popularity:
        said.append(
            "popularity cannot rank a hidden track: no other list holds one, so nobody is seen with it."
        )
    for model in ("content", "content+genres", "popularity"):
        if model not in told.rows or (model == "popularity" and no_popularity):
            continue
        row = told.rows[model]
        low, high = row["ci95"]["recall@20"]
        verdict = told.verdict(model, "random")
        than = {
            "better": "more than chance",
            "worse": "less than chance",
            "not told apart": "which cannot be told apart from chance",
        }[verdict]
        said.append(
            f"{model} puts back {100 * row['recall@20']:.1f} % ({_percent(low, high)}), {than} "
            f"({100 * told.rows['random']['recall@20']:.1f} %)."
        )
    return said


def _not_asked(document: dict[str, Any]) -> list[str]:
    return [f"{one['model']} was not asked: {one['reason'].rstrip('.')}." for one in document["skipped"]]


def _others(document: dict[str, Any], told: Told) -> list[str]:
    if not document["collaborative"]["asked"]:
        return [f"Collaborative filtering was not asked, because {document['collaborative']['why_not']}."]
    said = []
    base = "content" if "content" in told.rows else "random"
    for model in ("itemknn", "ease", "hybrid", "hybrid-trust"):
        if model in told.rows:
            verdict = told.verdict(model, base)
            word = (
                f"cannot be told apart from {base}"
                if verdict == "not told apart"
                else f"does {verdict} than {base}"
            )
            said.append(
                f"{model} puts back {100 * told.rows[model]['recall@20']:.1f} % and {word} "
                f"({told.gap_in_words(model, base)})."
            )
    return said


def _hubs(document: dict[str, Any], told: Told) -> list[str]:
    hubs = document["hubs"].get("content") or []
    if not hubs:
        return []
    share = told.rows["content"]["hub_share@20"]
    return [
        f"The most listed 1 % of tracks take {100 * share:.0f} % of all places content gives; the foremost, "
        f"{hubs[0]['track']}, is in {100 * hubs[0]['share_of_lists']:.0f} % of its lists."
    ]


def _percent(low: float | None, high: float | None) -> str:
    return "no interval" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"
