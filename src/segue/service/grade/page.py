"""The grade as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import html
from typing import Any

from segue.research.compare.page import COLUMNS, STYLE, html_table, number, span

_SHOWN = {
    "recall@20",
    "ndcg@10",
    "hit@10",
    "coverage@20",
    "gini@20",
    "popularity_lift@20",
    "diversity@20",
    "artist_diversity@20",
}
_HUBS = ("hub_share@20", "hubs", 2, "share of all places that the most listed 1 % of tracks take")


def web_page(document: dict[str, Any], *, with_figure: bool) -> str:
    """The page; the figure needs matplotlib."""
    title = html.escape(f"How well music is put back: {document['source']}")
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in document["words"])
    columns = [c for c in COLUMNS if c[0] in _SHOWN and document["rows"][0].get(c[0]) is not None] + [_HUBS]
    heading = ["way of recommending", *(c[1] for c in columns), "95 % of Recall@20", "95 % of NDCG@10"]
    rows = [
        [
            row["model"],
            *(number(row.get(c[0]), c[2]) for c in columns),
            span(row["ci95"]["recall@20"]),
            span(row["ci95"]["ndcg@10"]),
        ]
        for row in document["rows"]
    ]
    hubs = [
        [model, *(f"{hub['track']} ({100 * hub['share_of_lists']:.0f} %)" for hub in found)]
        for model, found in document["hubs"].items()
        if model not in ("random",) and found
    ]
    width = max((len(row) for row in hubs), default=1)
    hubs = [row + [""] * (width - len(row)) for row in hubs]
    hub_heading = ["in most lists of", *(f"{place}." for place in range(1, width))]
    legend = "".join(f"<li>{html.escape(f'{c[1]}: {c[3]}')}.</li>" for c in columns)
    size = (
        f"<p>Lists asked: {document['n_lists_asked']:,}; tracks hidden: {document['n_hidden']:,}; tracks to choose from: "
        f"{document['n_candidates']:,}; seeds: {len(document['seeds'])}. Intervals: {html.escape(document['interval'])}.</p>"
    )
    notes = "".join(f"<li>{html.escape(line)}</li>" for line in document["import"])
    figure = _figure(document) if with_figure else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1>{paragraphs}{figure}{html_table(heading, rows)}{size}<ul>{legend}</ul>"
        f"<h2>Hubs</h2>{html_table(hub_heading, hubs)}<ul>{notes}</ul></html>\n"
    )


def _figure(document: dict[str, Any]) -> str:
    from segue.research.compare.figures import intervals_drawing

    drawing = intervals_drawing(document["rows"], "recall@20")
    data = base64.b64encode(drawing.svg.encode()).decode()
    caption = html.escape(drawing.caption)
    return f'<figure><img alt="{caption}" src="data:image/svg+xml;base64,{data}"><figcaption>{caption}</figcaption></figure>'
