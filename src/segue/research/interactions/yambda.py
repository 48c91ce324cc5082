"""Yambda (Ploshkin et al. 2025): ``flat/50m/listens.parquet`` and ``embeddings.parquet``.

``timestamp`` counts seconds from an undisclosed start, rounded to 5 s, so times order listens and
are no dates. A track counts as listened to from half of it on, as the authors have it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segue.errors import DatasetError
from segue.research.interactions.batches import parquet_batches, parquet_columns, polars
from segue.research.interactions.columns import cells_of
from segue.research.interactions.content import standardised
from segue.research.interactions.pairs import Pairs
from segue.research.interactions.report import NO_AUDIO, ImportReport
from segue.research.interactions.table import as_ids
from segue.types import Interactions, ItemContent

MIN_PLAYED_PCT = 50
_SIZES = ("50m", "500m", "5b")
_NEEDED = ("uid", "item_id", "timestamp")


def read_yambda(
    path: Path, *, min_played_pct: int = MIN_PLAYED_PCT, organic_only: bool = False
) -> tuple[Interactions, ItemContent | None, ImportReport]:
    """Return listens of at least ``min_played_pct`` %, and the tracks' embeddings where that file is there.

    ``path`` is the folder of the set or one ``listens.parquet``. ``organic_only`` leaves out what a
    recommender started. Raises DatasetError when no listens are there or a column is missing.
    """
    pl = polars()
    listens = _listens(path)
    there = parquet_columns(listens)
    missing = [name for name in _NEEDED if name not in there]
    if missing:
        raise DatasetError(
            f"{listens} has no column {missing[0]!r}; it is not Yambda's listens.", code="no-such-column"
        )
    extra = [name for name in ("is_organic", "played_ratio_pct") if name in there]
    pairs = Pairs(timed=True)
    for batch in parquet_batches(listens, [*_NEEDED, *extra]):
        kept = batch
        if "played_ratio_pct" in extra:
            kept = kept.filter(pl.col("played_ratio_pct") >= min_played_pct)
            pairs.drop(f"played less than {min_played_pct} %, or not told", batch.height - kept.height)
        if organic_only and "is_organic" in extra:
            organic = kept.filter(pl.col("is_organic") == 1)
            pairs.drop("started by a recommender", kept.height - organic.height)
            kept = organic
        pairs.add(
            kept.select(
                as_ids(cells_of(kept, "uid", "user", listens)).alias("user"),
                as_ids(cells_of(kept, "item_id", "item", listens)).alias("item"),
                cells_of(kept, "timestamp", "time", listens).cast(pl.Int64, strict=False).alias("time_s"),
            )
        )
    interactions, report = pairs.finish(
        "yambda", "yambda", str(listens), "uid as user, item_id as item, relative times"
    )
    folder = next((above for above in listens.parents[:3] if (above / "embeddings.parquet").is_file()), None)
    if folder is None:
        return interactions, None, report
    content, counted = _content(folder / "embeddings.parquet", interactions)
    report.noted.update({what: count for what, count in counted.items() if count})
    return interactions, content, report


def _listens(path: Path) -> Path:
    if path.is_file():
        return path
    names = ["listens.parquet", *(f"{size}/listens.parquet" for size in _SIZES)]
    for name in (*names, *(f"flat/{name}" for name in names)):
        if (path / name).is_file():
            return path / name
    raise DatasetError(
        f"There is no flat/50m/listens.parquet at {path}; name the folder of the set, or the file.",
        code="nothing-there",
    )


def _content(path: Path, interactions: Interactions) -> tuple[ItemContent, dict[str, int]]:
    """Return the embeddings of the items and what to note of them, read in batches since most tracks of the file are in no listen."""
    pl = polars()
    if missing := [name for name in ("item_id", "embed") if name not in parquet_columns(path)]:
        raise DatasetError(
            f"{path} has no column {missing[0]!r}; it is not Yambda's embeddings.", code="no-such-column"
        )
    place = {item: row for row, item in enumerate(interactions.item_ids)}
    wanted = pl.Series(list(place), dtype=pl.String)
    vectors: np.ndarray | None = None
    n_told = np.zeros(len(place), np.int64)
    for batch in parquet_batches(path, ["item_id", "embed"]):
        known = batch.with_columns(as_ids(batch["item_id"]).alias("item_id")).filter(
            pl.col("item_id").is_in(wanted.implode()) & pl.col("embed").is_not_null()
        )
        if not known.height:
            continue
        lengths = known["embed"].list.len().unique().to_list()
        n_dims = vectors.shape[1] if vectors is not None else lengths[0]
        if lengths != [n_dims]:
            raise DatasetError(
                f"{path} holds embeddings of several lengths; fetch it again.", code="several-lengths"
            )
        if vectors is None:
            vectors = np.full((len(place), n_dims), np.nan, np.float32)
        rows = [place[item] for item in known["item_id"]]
        n_told += np.bincount(rows, minlength=len(place))
        vectors[rows] = known["embed"].explode().cast(pl.Float32).to_numpy().reshape(-1, n_dims)
    if vectors is None:
        raise DatasetError(
            f"{path} knows none of the {len(place):,} items; the two files are of different sets.",
            code="different-sets",
        )
    nothing = (None,) * len(place)
    lacking = ~np.isfinite(vectors).all(axis=1)
    counted = {
        "items without an embedding, taken as average": int((n_told == 0).sum()),
        "items whose embedding has gaps, taken as average": int((lacking & (n_told > 0)).sum()),
        "items with several embeddings, of which the last is taken": int((n_told > 1).sum()),
    }
    heard = standardised(vectors)
    if not heard.any():
        return ItemContent(None, None, nothing, nothing), counted | {NO_AUDIO: len(place)}
    return ItemContent(heard, None, nothing, nothing), counted
