"""Reading JSON of any size value by value: one document, an array, or one document a line.

Arrays are gone through element by element. Every other value is decoded at once where it has at most `MAX_VALUE`
characters; of a larger object only the lists that exports wrap their listens in are read, element by element. Memory
is that of one value, whatever the size of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from segue.errors import DatasetError
from segue.history.opening import MAX_LINE

MAX_VALUE = 4 << 20  # characters; a page of 1,000 listens has two million
MAX_DEPTH = 8  # of lists in lists; exports have three
# The keys under which exports keep their listens (Last.fm: pages, tracks; ListenBrainz: payload, listens).
WRAPPERS = frozenset({"recenttracks", "scrobbles", "track", "payload", "listens"})
_FIRST_READ = 1 << 16
_BLANK = re.compile(r"[\s,\ufeff]*")
_BETWEEN = re.compile(r"[\s,\]}\ufeff]*")  # also the end of an array that broke off inside
# Characters before the end where an error may mean that more is to come: "\\ud83d\\ude00", "false".
_CUT_SLACK = 16


def json_values(file: TextIO, source: str, broken: Callable[[], object]) -> Iterator[Any]:
    """Yield the values of a file of JSON, the elements of arrays one by one.

    A stretch that is no JSON, up to the end of its line, is left out after a call of ``broken``. Raises DatasetError
    (``json-broken``) when that line is longer than a listen can be, since more than one would be lost.
    """
    reader = _Reader(file)
    while reader.peek(_BETWEEN):
        try:
            yield from reader.values(0)
        except _Broken:
            broken()
            if not reader.skip_line():
                raise DatasetError(
                    f"The JSON of {source} is broken or nested too deep; export it again.", code="json-broken"
                ) from None


class _Broken(Exception):
    """What follows where reading stands is no JSON."""


class _Reader:
    """A window on the text, from which one value after another is decoded."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._text, self._ended = file, "", False
        self._decode = json.JSONDecoder().raw_decode
        self.at = 0  # where reading goes on

    def peek(self, blank: re.Pattern[str] = _BLANK) -> str:
        """Skip blanks and return the next character, empty at the end."""
        while True:
            found = blank.match(self._text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self._text):
                return self._text[self.at]
            if not self._more():
                return ""

    def values(self, depth: int) -> Iterator[Any]:
        """Yield what is here: the elements of an array, or one value. Raises _Broken."""
        if self.peek() != "[":
            yield from self._value(depth)
            return
        if depth >= MAX_DEPTH:
            raise _Broken
        self.at += 1
        while (following := self.peek()) != "]":
            if not following:
                raise _Broken
            yield from self.values(depth + 1)
        self.at += 1

    def skip_line(self) -> bool:
        """Go to the end of the line; False where that is further away than a line can be."""
        while (end := self._text.find("\n", self.at)) < 0 and len(self._text) - self.at <= MAX_LINE:
            if not self._more():
                end = len(self._text)
                break
        if end < 0 or end - self.at > MAX_LINE:
            return False
        self.at = end
        return True

    def _value(self, depth: int) -> Iterator[Any]:
        while True:
            try:
                value, end = self._decode(self._text, self.at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _CUT_SLACK
                if not cut:
                    raise _Broken from None
            except (ValueError, RecursionError):  # a number of 5,000 digits; 3,000 levels
                raise _Broken from None
            else:
                if end < len(self._text) or not self._more():  # else a number may go on
                    self.at = end
                    yield value
                    return
                continue
            if len(self._text) - self.at > MAX_VALUE:
                if self._text[self.at] != "{" or depth >= MAX_DEPTH:
                    raise _Broken
                yield from self._members(depth)
                return
            if not self._more():
                raise _Broken

    def _members(self, depth: int) -> Iterator[Any]:
        """Yield what a large object wraps, and pass over its other members."""
        self.at += 1
        while (following := self.peek()) != "}":
            if following != '"':
                raise _Broken
            (key,) = self._value(MAX_DEPTH)
            if self.peek() != ":":
                raise _Broken
            self.at += 1
            wrapped = key in WRAPPERS and self.peek() in "[{"
            for value in self.values(depth + 1):
                if wrapped:
                    yield value
        self.at += 1

    def _more(self) -> bool:
        """Read on; text that was used is let go. False at the end."""
        if self._ended:
            return False
        self._text = self._text[self.at :]
        self.at = 0
        block = self._file.read(max(_FIRST_READ, len(self._text)))
        self._text += block
        self._ended = not block
        return bool(block)
