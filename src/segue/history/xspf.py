"""The tracks of an XSPF playlist (XML), one at a time; documents that define entities are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from segue.errors import DatasetError
from segue.history.opening import opened

_CHUNK_BYTES = 1 << 16
_MAX_TEXT_CHARACTERS = 40_000  # of one element; the longest path has 32,768
_MAX_DEPTH = 64
_MAX_BYTES = 64 << 20  # of one file: some 200,000 tracks


def xspf_tracks(path: Path) -> Iterator[dict[str, str]]:
    """Yield what each ``<track>`` says: the text of its elements by name, the first where one is there twice.

    Raises DatasetError (``not-a-playlist``) where the XML is broken, its root is no ``<playlist>``, or it defines
    entities, which may expand without bound.
    """
    reading = _Reading(path)
    # UTF-16 is told to the parser by the document itself.
    with opened(path, as_utf8=False, max_bytes=_MAX_BYTES) as file:
        while chunk := file.read(_CHUNK_BYTES):
            reading.feed(chunk, False)
            yield from reading.taken()
        reading.feed(b"", True)
        yield from reading.taken()


class _Reading:
    """The state of a parser: open elements, the track that is being read, and those that are complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[str] = []
        self._track: dict[str, str] | None = None
        self._track_depth = 0
        self._text: list[str] = []
        self._n_characters = 0
        self._complete: list[dict[str, str]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity

    def feed(self, chunk: bytes, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise self._refused(f"its XML is broken ({error})") from None

    def taken(self) -> list[dict[str, str]]:
        taken, self._complete = self._complete, []
        return taken

    def _start(self, name: str, _: Any) -> None:
        name = name.rpartition(":")[2]
        if not self._open and name != "playlist":
            raise self._refused(f"its root is <{name[:40]}>")
        if len(self._open) >= _MAX_DEPTH:
            raise self._refused("its elements are nested too deep")
        self._open.append(name)
        self._text, self._n_characters = [], 0
        if name == "track" and self._track is None:
            self._track, self._track_depth = {}, len(self._open)

    def _end(self, _: str) -> None:
        depth, name = len(self._open), self._open.pop()
        if self._track is None:
            return
        if depth == self._track_depth:
            self._complete.append(self._track)
            self._track = None
        elif depth == self._track_depth + 1 and (text := "".join(self._text).strip()):
            self._track.setdefault(name, text)
        self._text = []

    def _characters(self, text: str) -> None:
        if self._n_characters <= _MAX_TEXT_CHARACTERS:
            self._text.append(text[: _MAX_TEXT_CHARACTERS + 1])
            self._n_characters += len(text)

    def _entity(self, *_: Any) -> None:
        raise self._refused("it defines entities")

    def _refused(self, why: str) -> DatasetError:
        return DatasetError(f"{self._path} is no XSPF playlist: {why}.", code="not-a-playlist")
