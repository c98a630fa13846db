"""A reader of the server's event stream, on a real port (an ASGI transport cannot stream)."""

import json
import queue
import threading
from typing import Any, NamedTuple, Self

import httpx

from tests.support.servers import Server


class Event(NamedTuple):
    """An event of the stream."""

    id: int
    name: str
    data: Any


class Events:
    """An open stream; `next` waits for an event. `ended` is set when the server ends it."""

    def __init__(self, server: Server, last_event_id: int | None = None, *, key: str = "", **query: str) -> None:
        headers = {"Authorization": key or server.api.headers["Authorization"]}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self._events: queue.Queue[Event] = queue.Queue()
        self.ended = threading.Event()
        self._client = httpx.Client(base_url=server.api.base_url, timeout=httpx.Timeout(5, read=60))
        self._request = self._client.stream("GET", "/api/v1/stream", headers=headers, params=query)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._response = self._request.__enter__()
        assert self._response.status_code == 200, self._response.read()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def next(self, name: str = "", deadline_s: float = 10) -> Event:
        """The next event, or the next of this name."""
        while True:
            event = self._events.get(timeout=deadline_s)
            if not name or event.name == name:
                return event

    def positions(self, vehicle: str, deadline_s: float = 10) -> dict[str, Any]:
        """The next position of a vehicle."""
        while True:
            for moved in self.next("positions", deadline_s).data:
                if moved["vehicle"] == vehicle:
                    return moved

    def _read(self) -> None:
        said: dict[str, str] = {}
        try:
            for line in self._response.iter_lines():
                if line.startswith(":"):
                    continue
                if not line and said:
                    self._events.put(Event(int(said["id"]), said["event"], json.loads(said["data"])))
                    said = {}
                elif line:
                    key, _, value = line.partition(": ")
                    said[key] = value
        except (httpx.TransportError, httpx.StreamError):
            pass
        self.ended.set()
