"""The page of errors lists every code that segue raises, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from segue import errors
from segue.library.faults import _CODES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "src" / "segue").rglob("*.py"))]
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.SegueError]


def listed() -> set[str]:
    """The codes in the tables of errors: each class's own, and those that are more exact."""
    rows = re.findall(r"^\| `\w*(?:Error|Mismatch|InUse|NotInLibrary|Extra)` \|.*$", PAGE, flags=re.M)
    return {code for row in rows for code in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", row)}


def test_every_code_is_on_the_page():
    given = {code for text in SOURCES for code in re.findall(r'code="([a-z0-9-]+)"', text)}
    assert len(given) > 100
    defaults = {kind.code for kind in KINDS} - {errors.AudioError.code}  # which becomes audio-STAGE
    assert given | defaults | set(_CODES.values()) <= listed()


def test_every_code_on_the_page_can_be_raised():
    stages = {f"audio-{stage}" for stage in ("open", "probe", "decode", "analyse")}
    quoted = {word for text in SOURCES for word in re.findall(r'"([a-z0-9-]+)"', text)}
    assert listed() <= quoted | stages
