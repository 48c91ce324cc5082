"""What of a document is compared, and how closely: the same rules for making golden files and for the test.

Structure, keys, integers, booleans and strings are compared exactly, other numbers within a tolerance. What follows
is masked, by the name of its key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

# Sentences for people: they may be put better at any time. A value of another type is still an error.
SENTENCES = {
    "cause",
    "citation",
    "damage",
    "error",
    "evidence",
    "forms",
    "interval",
    "licence",
    "notes",
    "reason",
    "remarks",
    "says",
    "steps",
    "summary",
    "text",
    "unchecked",
    "what",
    "why_not",
    "words",
    "import",
    "reasons",
    "problems",
}
# Of this machine, this moment or this build: only the type is compared. Bytes of files, and so their hashes, are
# the encoders'.
OF_THE_MOMENT = {
    "data",
    "date",
    "fit_cpu_s",
    "git_revision",
    "hash",
    "identity",
    "ids_sha256",
    "measure_cpu_s",
    "schema_version",
    "seconds",
    "sha256",
    "size_bytes",
    "tuning_cpu_s",
}
# Whole sections that tell of the machine: their keys are compared, values are not.
SECTIONS = {"versions", "decoders"}
# Chosen among close rivals by a measure: their names are compared.
CHOSEN = {"settings"}
# Which tracks are most often among the picks is decided by ties: shares are compared, names are not.
NAMELESS = {"hubs"}
# Keys that later versions may add anywhere.
ADDED_SINCE = {"code"}

ABSOLUTE, RELATIVE = 2e-3, 2e-3
# Genres of a handful of short pieces, where the likeliest is often a close call: a count may move by one.
NEARLY = "/genres/"
# Measured by ranking a few dozen things: one that trades places with the next moves the mean by this.
# Five lists of a few tracks: ids follow the order in which a scan finished, and the random row follows ids.
COARSE = {"compare": 0.04, "grade": 0.25, "evaluate": 0.06, "audit": 0.02}
# Learned by gradient steps, which differ from machine to machine: numbers are any number.
ANY_NUMBER = {"train"}
# Lists in order of such a number: entries as close as the tolerance may trade places.
SCORES = ("score", "probability")
_NAMES = ("path", "track_id", "genre")
_HASHED = re.compile(r"\btiny@[0-9a-f]{8}\b")
_NUMBER = re.compile(r"[-+]?\d+\.\d+")


def masked(value: Any, key: str = "", within: str = "") -> Any:
    """The document with everything that is not compared replaced by its type in angle brackets."""
    if within in SECTIONS and not isinstance(value, dict):
        return "<of this machine>"
    if key in SENTENCES and not isinstance(value, dict):
        if isinstance(value, list):
            return value if not value else _sentence_list(value)
        return value if value is None or not isinstance(value, str) else "<sentence>"
    if key in OF_THE_MOMENT and not isinstance(value, dict | list) and value is not None:
        return f"<{'number' if isinstance(value, int | float) else 'text'} of the moment>"
    if key == "git_revision":  # none where the sources are no repository
        return "<text of the moment>"
    if key == "state" and isinstance(value, str) and " " in value:
        return "<sentence>"
    if within in NAMELESS and key == "track":
        return "<track>"
    if key in CHOSEN:
        if isinstance(value, list):
            return [masked(one, key) for one in value]
        if isinstance(value, dict):
            return dict.fromkeys(value, "<chosen>")
    if isinstance(value, dict):
        inside = within if within in NAMELESS else key
        return {name: masked(one, name, inside) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, key, within) for one in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    if isinstance(value, str):
        return _HASHED.sub("tiny@<hash>", value)
    return value


def _sentence_list(value: list[Any]) -> Any:
    if all(isinstance(one, str) for one in value):
        return "<sentences>"
    return [masked(one) for one in value]


def ordered(value: Any) -> Any:
    """The document with lists that are in order of a measured value in an order that such a value cannot change.

    Rows of models are by name, and a difference is of the model that is first by name from the other.
    """
    if isinstance(value, list):
        return [ordered(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: ordered(one) for key, one in value.items()}
    rows = found.get("rows")
    if isinstance(rows, list) and all(isinstance(row, dict) and "model" in row for row in rows):
        found["rows"] = sorted(rows, key=lambda row: row["model"])
    gaps = found.get("differences")
    if isinstance(gaps, list) and all(isinstance(gap, dict) and {"a", "b"} <= set(gap) for gap in gaps):
        turned = [gap if gap["a"] < gap["b"] else _turned(gap) for gap in gaps]
        found["differences"] = sorted(turned, key=lambda gap: (gap.get("measure", ""), gap["a"], gap["b"]))
    return found


def _turned(gap: dict[str, Any]) -> dict[str, Any]:
    ends = [None if end is None else -end for end in reversed(gap["ci95"])]
    value = gap["difference"]
    return gap | {
        "a": gap["b"],
        "b": gap["a"],
        "difference": None if value is None else -value,
        "ci95": ends,
    }


def differences(kept: Any, now: Any, file: str, where: str = "") -> Iterator[str]:
    """One line for each place where ``now`` is not what was ``kept``."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for key in kept.keys() | now.keys():
            if key not in now:
                yield f"{where}/{key}: gone"
            elif key not in kept:
                if key not in ADDED_SINCE:
                    yield f"{where}/{key}: new"
            else:
                yield from differences(kept[key], now[key], file, f"{where}/{key}")
    elif isinstance(kept, list) and isinstance(now, list):
        if file == "help":  # options may be added, none may go
            yield from (f"{where}: no {option}" for option in kept if option not in now)
            return
        if len(kept) != len(now):
            yield f"{where}: {len(kept)} entries before, {len(now)} now"
        for k, (a, b) in enumerate(zip(kept, aligned(kept, now, file), strict=False)):
            yield from differences(a, b, file, f"{where}[{k}]")
    elif _is_measured(kept, now, file, where):
        if file not in ANY_NUMBER and not close(kept, now, file):
            yield f"{where}: {kept} before, {now} now"
    elif type(kept) is not type(now) or kept != now:
        yield from _of_text(kept, now, where)


def _of_text(kept: Any, now: Any, where: str) -> Iterator[str]:
    """Numbers within a text may be a little different, its other letters may not."""
    texts = isinstance(kept, str) and isinstance(now, str)
    if texts and _NUMBER.sub("#", kept) == _NUMBER.sub("#", now):
        pairs = zip(_NUMBER.findall(kept), _NUMBER.findall(now), strict=True)
        if all(math.isclose(float(a), float(b), rel_tol=0.02, abs_tol=0.02) for a, b in pairs):
            return
    yield f"{where}: {kept!r} before, {now!r} now"


def aligned(kept: list[Any], now: list[Any], file: str) -> list[Any]:
    """``now``, in the order of ``kept`` where scored entries only traded places with ones of nearly equal score.

    Where a list is cut off after some entries, the last may be another of nearly equal score: it is taken for the one
    that was kept.
    """
    by_name = {_name(one): one for one in now if isinstance(one, dict) and _score(one) is not None}
    if len(by_name) != len(now) or len(kept) != len(now):
        return now
    given, used = [], set()
    for k, (old, new) in enumerate(zip(kept, now, strict=True)):
        same = by_name.get(_name(old)) if isinstance(old, dict) else None
        if same is not None and _as_close(same, new, file):
            given.append(same)
            used.add(_name(same))
        elif same is None and k == len(now) - 1 and _as_close(old, new, file) and _name(new) not in used:
            given.append(old)
        else:
            return now
    return given


def _score(entry: Any) -> float | None:
    return next((entry[key] for key in SCORES if isinstance(entry, dict) and key in entry), None)


def _as_close(a: Any, b: Any, file: str) -> bool:
    one, two = _score(a), _score(b)
    return one is not None and two is not None and (file in ANY_NUMBER or close(one, two, file))


def _name(entry: Any) -> tuple[Any, ...]:
    """What tells an entry from others: its track or genre, and where it begins."""
    return (*(entry.get(key) for key in _NAMES), entry.get("start_s"))


def close(kept: float, now: float, file: str) -> bool:
    """Whether two numbers are the same, as far as numbers of that file go."""
    if file in COARSE:
        return math.isclose(kept, now, rel_tol=5 * RELATIVE, abs_tol=COARSE[file])
    return math.isclose(kept, now, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _is_measured(kept: Any, now: Any, file: str, where: str) -> bool:
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in (kept, now)):
        return False
    if isinstance(kept, float) or isinstance(now, float):
        return True
    if file == "stats" and NEARLY in f"{where}/":
        return abs(kept - now) <= 1
    return file in ANY_NUMBER and "/confusion" in where
