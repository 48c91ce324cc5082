"""The facet that docs/how-to/facets.md adds from outside the package, taken from that page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from segue.facets.base import Facet

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "facets.md"


def source() -> str:
    """The text of brightness.py."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r'^```python\n("""Brightness.*?)^```$', text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@cache
def brightness() -> Facet[Any]:
    """The facet."""
    namespace: dict[str, Any] = {"__name__": "brightness"}
    exec(compile(source(), "brightness.py", "exec"), namespace)
    facet = namespace["BRIGHTNESS"]
    assert isinstance(facet, Facet)
    return facet
