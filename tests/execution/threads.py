"""An executor of threads: shows that an engine of another kind is one small file.

It keeps no time limits, as a thread cannot be ended; that is why it is no part of the package.
"""

from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from segue.execution.contract import LATER, attempt, nothing_is_out


class ThreadExecutor:
    """Runs batches in ``n_workers`` threads."""

    def __init__(self, n_workers):
        self.n_workers = n_workers

    def __enter__(self):
        self.pool = ThreadPoolExecutor(self.n_workers)
        return self

    def __exit__(self, *exc):
        self.pool.shutdown(cancel_futures=True)

    def map(self, function, items, timeout_s, batch_size=1):
        source, out, done, ended = iter(items), set(), deque(), False
        while True:
            while not ended and len(out) < self.n_workers:
                batch = []
                while len(batch) < batch_size:
                    item = next(source, None)
                    ended = item is None
                    if item is None or item is LATER:
                        break
                    batch.append(item)
                if not batch:
                    break
                out.add(self.pool.submit(lambda batch: [attempt(function, item) for item in batch], batch))
            if done:
                yield done.popleft()
            elif out:
                finished, out = wait(out, return_when=FIRST_COMPLETED)
                done.extend(outcome for future in finished for outcome in future.result())
            elif ended:
                return
            else:
                raise nothing_is_out()
