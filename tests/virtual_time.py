"""An event loop whose time passes at once: whoever waits for an hour is there immediately, in the real order.

What is given to a thread is done on the spot, so that no time passes while it works.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class _Waiting(selectors.BaseSelector):
    """Instead of waiting for so many seconds it says that they have passed."""

    def __init__(self) -> None:
        self.seconds, self._within = 0.0, selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._within.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._within.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._within.get_map()

    def close(self) -> None:
        self._within.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everybody waits for somebody else: nothing will ever happen here")
        self.seconds += timeout
        return self._within.select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Begins at 1,000 seconds. Nothing of the outside world is waited for."""

    def __init__(self) -> None:
        self.waiting = _Waiting()
        super().__init__(self.waiting)

    def time(self) -> float:
        return 1_000.0 + self.waiting.seconds

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as fault:  # noqa: BLE001 - as of any thread, it is raised where it is awaited
            done.set_exception(fault)
        return done


def run(main: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, in no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
