"""Damaged audio: seventeen ways to spoil a file, each drawn from a seeded generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Damage = Callable[[bytes, np.random.Generator], bytes]
_EXTREMES = (
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff\xff\xff\x7f",
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of damage by its name."""

    name: str
    spoil: Damage


def _place(data: bytes, rng: np.random.Generator, share: float = 1.0) -> int:
    return int(rng.integers(0, max(1, int(len(data) * share))))


def _block(data: bytes, rng: np.random.Generator) -> tuple[int, int]:
    start = _place(data, rng)
    return start, min(len(data), start + int(rng.integers(1, max(2, len(data) // 3))))


def keep_head(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut after a random place."""
    return data[: _place(data, rng)]


def keep_few_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """Keep nothing, or the first bytes of the header."""
    return data[: int(rng.integers(0, 64))]


def drop_head(data: bytes, rng: np.random.Generator) -> bytes:
    """Lose the beginning."""
    return data[_place(data, rng) :]


def flip_few(data: bytes, rng: np.random.Generator) -> bytes:
    """Flip one to eight bits."""
    return _flipped(data, rng, int(rng.integers(1, 9)))


def flip_many(data: bytes, rng: np.random.Generator) -> bytes:
    """Flip one bit in a thousand bytes, on average."""
    return _flipped(data, rng, max(1, len(data) // 1000))


def _flipped(data: bytes, rng: np.random.Generator, n: int) -> bytes:
    spoiled = bytearray(data)
    for _ in range(n if data else 0):
        spoiled[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return bytes(spoiled)


def zero_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite a block with zeros."""
    start, end = _block(data, rng)
    return data[:start] + bytes(end - start) + data[end:]


def ones_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite a block with bytes of 255, which begin MPEG frames."""
    start, end = _block(data, rng)
    return data[:start] + b"\xff" * (end - start) + data[end:]


def noise_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite a block with noise."""
    start, end = _block(data, rng)
    return data[:start] + rng.bytes(end - start) + data[end:]


def remove_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Lose a block in the middle."""
    start, end = _block(data, rng)
    return data[:start] + data[end:]


def repeat_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Repeat a block in place."""
    start, end = _block(data, rng)
    return data[:end] + data[start:end] + data[end:]


def swap_halves(data: bytes, rng: np.random.Generator) -> bytes:
    """Swap what is before and after a random place."""
    at = _place(data, rng)
    return data[at:] + data[:at]


def garbage_before(data: bytes, rng: np.random.Generator) -> bytes:
    """Put noise before the file."""
    return rng.bytes(int(rng.integers(1, 5000))) + data


def garbage_after(data: bytes, rng: np.random.Generator) -> bytes:
    """Put noise behind the file."""
    return data + rng.bytes(int(rng.integers(1, 5000)))


def extreme_header(data: bytes, rng: np.random.Generator) -> bytes:
    """Set one to four numbers of the header to an extreme."""
    spoiled = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(0, max(1, min(len(data), 256) - 4)))
        spoiled[at : at + 4] = _EXTREMES[int(rng.integers(len(_EXTREMES)))]
    return bytes(spoiled)


def lying_tag(data: bytes, rng: np.random.Generator) -> bytes:
    """Put an ID3 tag before the file that says it is longer than it is."""
    size = int(rng.integers(0, 1 << 28))
    digits = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + digits + rng.bytes(int(rng.integers(0, 200))) + data


def header_repeated(data: bytes, rng: np.random.Generator) -> bytes:
    """Repeat the first bytes hundreds of times."""
    return data[: int(rng.integers(4, 200))] * int(rng.integers(2, 400))


def only_noise(data: bytes, rng: np.random.Generator) -> bytes:
    """Keep the first four bytes, then noise."""
    return data[:4] + rng.bytes(int(rng.integers(0, 20_000)))


WAYS: tuple[Way, ...] = tuple(
    Way(spoil.__name__.replace("_", "-"), spoil)
    for spoil in (
        keep_head,
        keep_few_bytes,
        drop_head,
        flip_few,
        flip_many,
        zero_block,
        ones_block,
        noise_block,
        remove_block,
        repeat_block,
        swap_halves,
        garbage_before,
        garbage_after,
        extreme_header,
        lying_tag,
        header_repeated,
        only_noise,
    )
)
