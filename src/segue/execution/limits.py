"""A limit on the memory of a worker process, for work that is not trusted."""

from __future__ import annotations

import multiprocessing

# Address space, not memory in use: libraries reserve far more than they touch.
UNTRUSTED_BYTES = 6_000_000_000


def limit_memory(n_bytes: int = UNTRUSTED_BYTES) -> bool:
    """Hold this worker process to ``n_bytes`` of address space for the rest of its life; return whether it is held.

    Beyond it an allocation fails, which Python raises as MemoryError. Nothing is done in a process that is no worker
    (it may be the user's program) and on systems without such limits (Windows; macOS has one that it ignores).
    """
    if multiprocessing.parent_process() is None:
        return False
    try:
        import resource
    except ImportError:
        return False
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    least = n_bytes if most == resource.RLIM_INFINITY else min(n_bytes, most)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (least, most))
    except (ValueError, OSError):
        return False
    return True
