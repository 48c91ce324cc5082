"""What the student learns from: segments of 30 s of unlabelled music and of GTZAN, with what teachers heard in them.

Everything is on one grid: a segment is 384 frames of the archive's front end, six units of 64 frames
(4.96 s). Teachers that speak of less than a segment speak of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segue.signal.front_end import MEL128_V1

SEGMENT_FRAMES = 384
UNIT_FRAMES = 64
N_UNITS = SEGMENT_FRAMES // UNIT_FRAMES
UNIT_S = UNIT_FRAMES * MEL128_V1.pick_s

# musicnn's 3 s windows in the shared tag file begin every 62 frames of 256 samples at 16 kHz.
_TAG_HOP_S, _TAG_WINDOW_S = 62 * 256 / 16_000, 3.0


@dataclass(frozen=True, slots=True)
class Target:
    """What one teacher says: ``values`` ``(n_rows, width)``; ``row`` ``(n_segments, n_units)`` points into it, -1 for nothing.

    ``kind`` is "values" (regressed, principal components) or "probabilities" (tags).
    """

    name: str
    kind: str
    values: np.ndarray
    row: np.ndarray
    weight: float


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of all sources; ``mel`` uint8 ``(n, 128, 384)``; ``copy`` is the row of a coded copy in ``copies`` or -1."""

    mel: np.ndarray
    package: np.ndarray  # where it comes from; "gtzan" for its clips
    track: np.ndarray  # segments of one recording share it
    copies: np.ndarray
    copy: np.ndarray
    targets: tuple[Target, ...]


def principal_axes(rows: np.ndarray, n_dims: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean ``(dim,)`` and axes ``(dim, n_dims)``: standardised, leading components, of overall spread one."""
    mean, std = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    standard = (rows - mean) / std
    values, vectors = np.linalg.eigh(standard.T @ standard / len(rows))
    axes = vectors[:, np.argsort(-values)[:n_dims]] / std[:, None]
    spread = ((rows - mean) @ axes).std()
    return mean.astype(np.float32), (axes / spread).astype(np.float32)


def unit_tags(tags: np.ndarray) -> np.ndarray:
    """Return tags ``(n_units, 50)`` of one clip from its windows ``(n_windows, 50)``: the mean of those centred in a unit."""
    centre_s = np.arange(len(tags)) * _TAG_HOP_S + _TAG_WINDOW_S / 2
    owner = np.clip((centre_s / UNIT_S).astype(int), 0, N_UNITS - 1)
    return np.stack([tags[owner == u].mean(axis=0) for u in range(N_UNITS)]).astype(np.float32)


def read_music(folder: Path) -> dict[str, np.ndarray]:
    """Return the arrays of every prepared track in ``folder`` joined, with ``package``, ``track`` and ``path`` by segment."""
    parts: dict[str, list[np.ndarray]] = {}
    copies, copy_of, n_copies = [], [], 0
    for number, path in enumerate(sorted(folder.glob("*.npz"))):
        with np.load(path, allow_pickle=False) as file:
            n = len(file["mel"])
            for name in ("mel", "mn", "mue", "mut", "fce", "fct"):
                parts.setdefault(name, []).append(file[name])
            parts.setdefault("package", []).append(np.full(n, str(file["pkg"]), dtype=object))
            parts.setdefault("path", []).append(np.full(n, str(file["path"]), dtype=object))
            parts.setdefault("track", []).append(np.full(n, number))
            row = np.full(n, -1)
            row[file["copi"]] = n_copies + np.arange(len(file["copi"]))
            copy_of.append(row)
            copies.append(file["cop"])
            n_copies += len(file["cop"])
    joined = {name: np.concatenate(rows) for name, rows in parts.items()}
    return joined | {"copies": np.concatenate(copies), "copy": np.concatenate(copy_of)}


def read_gtzan(shared: Path) -> dict[str, np.ndarray]:
    """Return GTZAN's learnable clips: training part with tags, other clips outside validation and test with OpenL3 only."""
    gtzan = shared / "data" / "gtzan"
    parts = {
        name: set((gtzan / "splits" / f"{name}_filtered.txt").read_text().split())
        for name in ("train", "valid")
    }
    with np.load(gtzan / "openl3_512_without_test.npz") as file:
        openl3 = dict(zip(map(str, file["track_id"]), file["embedding"].astype(np.float32), strict=True))
    with np.load(gtzan / "musicnn_msd_taggrams_train.npz") as file:
        tags = {
            str(i): file["tags"][a:b].astype(np.float32)
            for i, a, b in zip(file["track_id"], file["offset"][:-1], file["offset"][1:], strict=True)
        }
    with np.load(gtzan / "mel128x387_uint8.npz") as file:
        ids, mel, genre = [str(i) for i in file["track_id"]], file["mel"], [str(g) for g in file["genre"]]
    valid = {Path(line).stem for line in parts["valid"]}
    kept = [k for k, i in enumerate(ids) if i in openl3 and i not in valid]
    return {
        "id": np.array([ids[k] for k in kept]),
        "genre": np.array([genre[k] for k in kept]),
        "mel": mel[kept][:, :, :SEGMENT_FRAMES],
        "openl3": np.stack([openl3[ids[k]] for k in kept]),
        "tags": np.stack(
            [unit_tags(tags[ids[k]]) if ids[k] in tags else np.full((N_UNITS, 50), np.nan) for k in kept]
        ),
    }


def segments(
    music: dict[str, np.ndarray], gtzan: dict[str, np.ndarray], rows: np.ndarray, *, repeat_gtzan: int
) -> Segments:
    """Return the segments ``rows`` of ``music`` followed by GTZAN's clips, ``repeat_gtzan`` times, with all targets."""
    clips = np.tile(np.arange(len(gtzan["mel"])), repeat_gtzan)
    n, m = len(rows), len(clips)

    def per_unit(values: np.ndarray, units: tuple[int, ...]) -> np.ndarray:
        row = np.full((n + m, N_UNITS), -1)
        row[:n, list(units)] = np.arange(n * len(units)).reshape(n, len(units))
        return row

    def components(name: str, n_dims: int) -> np.ndarray:
        values = music[name][rows].astype(np.float32)
        values = values.reshape(-1, values.shape[-1])
        mean, axes = principal_axes(values, n_dims)
        return (values - mean) @ axes

    every, third = tuple(range(N_UNITS)), (0, 2, 4)
    whole = np.full((n + m, N_UNITS), -1)
    whole[:n] = np.arange(n)[:, None]
    fcn_tags = Target("fcn_tags", "probabilities", music["fct"][rows].astype(np.float32), whole, 1.0)
    tag_values = music["mut"][rows].astype(np.float32).reshape(-1, 50)
    tag_row = per_unit(tag_values, third)
    known = np.isfinite(gtzan["tags"]).all(axis=(1, 2))
    own_row = np.full((len(known), N_UNITS), -1)
    own_row[known] = len(tag_values) + np.arange(known.sum() * N_UNITS).reshape(-1, N_UNITS)
    tag_row[n:] = own_row[clips]
    tag_values = np.concatenate((tag_values, gtzan["tags"][known].reshape(-1, 50).astype(np.float32)))
    mean, axes = principal_axes(gtzan["openl3"], 64)
    openl3_row = np.full((n + m, N_UNITS), -1)
    openl3_row[n:] = clips[:, None]
    targets = (
        Target("mn04", "values", components("mn", 128), per_unit(music["mn"], every), 1.0),
        Target("musicnn", "values", components("mue", 64), per_unit(music["mue"], third), 0.7),
        Target("fcn", "values", components("fce", 32), whole, 0.4),
        Target("tags", "probabilities", tag_values, tag_row, 5.0),
        fcn_tags,
        Target("openl3", "values", (gtzan["openl3"] - mean) @ axes, openl3_row, 0.5),
    )
    return Segments(
        mel=np.concatenate((music["mel"][rows], gtzan["mel"][clips])),
        package=np.concatenate((music["package"][rows], np.full(m, "gtzan", dtype=object))),
        track=np.concatenate((music["track"][rows], music["track"].max() + 1 + clips)),
        copies=music["copies"],
        copy=np.concatenate((music["copy"][rows], np.full(m, -1))),
        targets=targets,
    )
