"""Expecting an error of segue's by its type and its stable code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from segue.errors import SegueError


@contextmanager
def raises(kind: type[SegueError], code: str | None = None) -> Iterator[pytest.ExceptionInfo[SegueError]]:
    """Pass where the block raises ``kind`` with that code (None: any), whose text is one sentence or more."""
    with pytest.raises(kind) as caught:
        yield caught
    assert str(caught.value).strip(), "an error says something"
    if code is not None:
        assert caught.value.code == code, f"code {caught.value.code!r}: {caught.value}"
