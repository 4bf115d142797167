"""Work on blocks by two threads, results in the blocks' order, a bounded number under way.

The libraries that do the work (pyarrow, polars, numpy) let other threads run meanwhile, so two
threads keep two processors busy; the thread that asks for results reads the file.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

A = TypeVar("A")
B = TypeVar("B")

THREADS: Final = 2
UNDER_WAY: Final = THREADS + 2


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[A], B], items: Iterable[A], under_way: int = UNDER_WAY
) -> Iterator[B]:
    """``work`` of each item, in order. At most ``under_way`` items are held.

    When the caller stops early, or an item fails, what was not begun is not begun any more.
    """
    waiting: deque[Future[B]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= under_way:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
