"""The comparison for people: as Markdown, as one HTML file that needs nothing else, and as lines of a terminal."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Any

from segue.research.compare.figures import Drawing
from segue.research.compare.told import reference
from segue.research.compare.words import sentences

# (measure, heading, decimals, what it is)
COLUMNS = (
    ("recall@20", "Recall@20", 3, "share of a user's hidden items among the first 20"),
    ("ndcg@10", "NDCG@10", 3, "the same among the first 10, higher places counting more"),
    ("hit@10", "hit@10", 3, "share of users with at least one hidden item among the first 10"),
    ("mrr", "MRR", 3, "1 / rank of the first hidden item, over the full ranking"),
    ("map", "MAP", 3, "mean precision at the hidden items, over the full ranking"),
    ("coverage@20", "coverage", 2, "share of candidates that are in at least one list of 20"),
    ("gini@20", "Gini", 2, "how unequally places are shared among candidates; 0 is evenly"),
    ("novelty@20", "novelty", 1, "bits: -log2 of the share of users who have an item"),
    (
        "popularity_lift@20",
        "popularity lift",
        2,
        "how much more popular than the user's own items; 0 is equally",
    ),
    ("diversity@20", "diversity", 2, "mean cosine distance of audio within a list"),
    ("artist_diversity@20", "artists", 2, "share of pairs within a list that are by different artists"),
)
GROUPS = (
    ("recall@20 (known artist)", "Recall@20, known artist", 3, "cold items whose artist has other items"),
    ("recall@20 (new artist)", "Recall@20, new artist", 3, "cold items whose artist has none"),
)
PROTOCOL_WORDS = {
    "warm": "20 % of each user's items are hidden for the test and 10 % for tuning; tuned on 70/10, fitted again on 80",
    "cold": "15 % of all items are hidden with every pair they have, and only they are candidates; 15 % of the rest for tuning",
    "temporal": "the latest 20 % of all pairs are hidden for the test, the 10 % before for tuning, the same ones for every seed",
    "user-cold": "20 % of users are never learned from; 20 % of each one's items are hidden, the rest is told",
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; font-size: 0.8rem; } td, th { padding: 0.2rem 0.45rem; text-align: right; }
td { white-space: nowrap; }
th { vertical-align: bottom; } td:first-child, th:first-child { text-align: left; }
tr:nth-child(even) { background: #f4f4f4; } code { overflow-wrap: anywhere; }
div.wide { overflow-x: auto; } figure { margin: 2rem 0; } img { max-width: 100%; } figcaption { color: #555; }
"""


def markdown(document: dict[str, Any], drawings: Sequence[Drawing], command: str) -> str:
    """The page as Markdown; drawings are linked as ``figures/compare-PROTOCOL-NAME.png``."""
    parts = [f"# {_title(document)}", f"`{command}`", " ".join(sentences(document)), _how(document)]
    parts += [read] if (read := _read(document)) else []
    parts.append(markdown_table(*_table(document)))
    parts += [f"![{d.caption}](figures/{file_stem(document, d)}.png)\n\n{d.caption}" for d in drawings]
    parts += [markdown_table(*_gaps(document)), "\n".join(f"- {line}" for line in _legend(document))]
    return "\n\n".join(parts) + "\n"


def web_page(document: dict[str, Any], drawings: Sequence[Drawing], command: str) -> str:
    """The page as one HTML file with its drawings inside."""
    title = html.escape(_title(document))
    figures = "".join(
        f'<figure><img alt="{html.escape(d.caption)}" src="data:image/svg+xml;base64,'
        f'{base64.b64encode(d.svg.encode()).decode()}"><figcaption>{html.escape(d.caption)}</figcaption></figure>'
        for d in drawings
    )
    legend = "".join(f"<li>{html.escape(line)}</li>" for line in _legend(document))
    paragraphs = "".join(
        f"<p>{html.escape(text)}</p>"
        for text in (*sentences(document), _how(document), _read(document))
        if text
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><p><code>{html.escape(command)}</code></p>{paragraphs}"
        f"{html_table(*_table(document))}{figures}{html_table(*_gaps(document))}<ul>{legend}</ul></html>\n"
    )


def lines(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Heading and rows for a terminal: the main measures with the headline's interval."""
    headline = document["headline"]
    shown = [c for c in COLUMNS[:2] + COLUMNS[5:6] + COLUMNS[8:10] if c[0] in document["rows"][0]]
    heading = ("model", *(c[1] for c in shown), f"95 % of {headline}")
    rows = [
        (row["model"], *(number(row[c[0]], c[2]) for c in shown), span(row["ci95"][headline]))
        for row in document["rows"]
    ]
    return [heading, *rows]


def file_stem(document: dict[str, Any], drawing: Drawing) -> str:
    """What a drawing's files are called, without their ending."""
    return f"compare-{document['protocol']}-{drawing.name}"


def _title(document: dict[str, Any]) -> str:
    return f"Recommenders compared: {document['name']}, {document['protocol']}"


def _how(document: dict[str, Any]) -> str:
    text = (
        f"Protocol: {PROTOCOL_WORDS[document['protocol']]}. Every model gets the same candidates "
        f"({document['n_candidates']:,}), users and exclusions (what a user already has), and is ranked in full. "
        f"Settings are chosen by {document['tuned_by']} on validation data of at most {document['tuning_users']:,} "
        f"users, the same for all, from {document['budget']} for each model that has any to choose; seeds {', '.join(map(str, document['seeds']))}. Intervals: {document['interval']}."
    )
    for what, n in document["notes"].items():
        text += f" Not asked about: {n:,} {what}."
    for one in document["skipped"]:
        text += f" Left out: {one['model']}, because {one['reason'].rstrip('.')}."
    unable = [row["model"] for row in document["rows"] if not row.get("coverage@20")]
    if unable:
        text += f" Cannot score any of these items, hence 0: {', '.join(unable)}."
    return text


def _read(document: dict[str, Any]) -> str:
    """What was read, and what was dropped or merged on the way."""
    return " ".join(["Data:", *document.get("import", [])]) if document.get("import") else ""


def _table(document: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    columns = [c for c in COLUMNS + GROUPS if any(row.get(c[0]) is not None for row in document["rows"])]
    headline = document["headline"]
    heading = ["model", *(c[1] for c in columns), f"95 % of {headline}", "fit, CPU s"]
    rows = []
    for row in document["rows"]:
        cells = [number(row.get(c[0]), c[2]) for c in columns]
        rows.append([row["model"], *cells, span(row["ci95"][headline]), f"{row['fit_cpu_s']:.1f}"])
    return heading, rows


def _gaps(document: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    base, headline = reference(document), document["headline"]
    heading = [f"difference, {headline}", "mean", "95 % interval"]
    rows = []
    for gap in document["differences"]:
        if gap["measure"] == headline and base in (gap["a"], gap["b"]):
            sign = 1 if gap["b"] == base else -1
            ends = sorted(sign * end for end in gap["ci95"])
            other = gap["a"] if gap["b"] == base else gap["b"]
            rows.append([f"{other} - {base}", f"{sign * gap['difference']:+.4f}", span(ends, "+.4f")])
    return heading, rows


def _legend(document: dict[str, Any]) -> list[str]:
    shown = [c for c in COLUMNS + GROUPS if any(row.get(c[0]) is not None for row in document["rows"])]
    return [f"{heading}: {meaning}." for _, heading, _, meaning in shown]


def markdown_table(heading: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    bar = "|---|" + "---:|" * (len(heading) - 1)
    return "\n".join(
        f"| {' | '.join(cells)} |" if cells is not bar else bar for cells in (heading, bar, *rows)
    )


def html_table(heading: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heading)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for cells in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def span(ends: Sequence[float | None], form: str = ".3f") -> str:
    low, high = ends
    return "-" if low is None or high is None else f"{low:{form}} to {high:{form}}"
