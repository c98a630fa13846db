"""Something asynchronous that runs on a thread of its own while a test looks at it from outside."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self

from tests.support.waiting import until


class Running:
    """Runs what `begin` returns, in a loop that is made for it, until the end of the `with`."""

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.error: BaseException | None = None
        self._begin = begin
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self._task, 10, "the loop")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._task is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)
        assert self.error is None, self.error

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Call something on the loop's thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(function, *args)

    def _run(self) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.current_task()
            await self._begin()

        try:
            asyncio.run(main())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            self.error = error
