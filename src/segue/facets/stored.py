"""The two stored forms of a facet: a fixed row of numbers, and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Numbers(Generic[T]):
    """A value as ``size`` numbers of one little-endian type; ``size`` None: any number, the same for all values.

    ``pack`` returns the numbers of a value, ``unpack`` the value of an array ``(size,)``. A column is an array
    ``(n, size)``; a row without value is NaN, or 0 where the type is no floating-point number.
    """

    dtype: str
    size: int | None
    pack: Callable[[T], Any]
    unpack: Callable[[np.ndarray], T]

    @property
    def one_length(self) -> bool:
        return True

    def encode(self, value: T) -> bytes:
        """Return the bytes of the numbers. Raises ValueError when there are not ``size`` of them or one is not finite."""
        numbers = np.atleast_1d(np.asarray(self.pack(value))).astype(
            self.dtype, casting="same_kind", copy=False
        )
        if numbers.ndim != 1 or self.size not in (None, len(numbers)):
            raise ValueError(f"{numbers.shape} numbers where {self.size} are stored")
        _require_finite(numbers)
        return numbers.tobytes()

    def decode(self, data: bytes) -> T:
        """Return the value. Raises ValueError for another number of bytes and for numbers that are not finite."""
        numbers = np.frombuffer(data, np.dtype(self.dtype))
        if self.size not in (None, len(numbers)):
            raise ValueError(f"{len(numbers)} numbers where {self.size} are stored")
        _require_finite(numbers)
        return self.unpack(numbers.astype(numbers.dtype.newbyteorder("="), copy=False))

    def column(self, data: Sequence[bytes | None]) -> np.ndarray:
        """Return ``(n, size)``. Raises ValueError for values of different lengths and for numbers that are not finite."""
        dtype = np.dtype(self.dtype)
        there = [row for row, one in enumerate(data) if one is not None]
        blobs = [one for one in data if one is not None]
        lengths = {len(blob) for blob in blobs} | ({self.size * dtype.itemsize} if self.size else set())
        if len(lengths) > 1 or any(length % dtype.itemsize for length in lengths):
            raise ValueError(f"values of {sorted(lengths)} bytes in one column")
        size = lengths.pop() // dtype.itemsize if lengths else 0
        fill = np.nan if dtype.kind == "f" else 0
        column = np.full((len(data), size), fill, dtype.newbyteorder("="))
        if blobs:
            numbers = np.frombuffer(b"".join(blobs), dtype).reshape(len(blobs), size)
            _require_finite(numbers)
            column[there] = numbers
        return column


def _require_finite(numbers: np.ndarray) -> None:
    if not np.isfinite(numbers).all():
        raise ValueError("a number that is not finite")


@dataclass(frozen=True)
class Json(Generic[T]):
    """A value as JSON text in UTF-8; ``pack`` and ``unpack`` go from and to plain lists, objects, strings and numbers.

    A column is a list of n values, None where there is none.
    """

    pack: Callable[[T], Any]
    unpack: Callable[[Any], T]

    @property
    def one_length(self) -> bool:
        return False

    def encode(self, value: T) -> bytes:
        """Return the value as JSON."""
        return json.dumps(self.pack(value)).encode("utf-8")

    def decode(self, data: bytes) -> T:
        """Return the value. Raises ValueError for what is not JSON or not in the form that ``pack`` gives."""
        try:
            return self.unpack(json.loads(data))
        except (TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error

    def column(self, data: Sequence[bytes | None]) -> list[T | None]:
        """Return the values as a list. Raises ValueError as ``decode`` does."""
        return [None if one is None else self.decode(one) for one in data]
