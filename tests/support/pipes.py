"""A TCP connection that goes through us, so that it can be cut, refused, or left half open as mobile networks do."""

import contextlib
import socket
import threading
from typing import Self


class Pipe:
    """Forwards a port of its own to another one on loopback."""

    def __init__(self, to_port: int) -> None:
        self.connections = 0
        self._to = to_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = threading.Event()
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._flows.set()
        self._listening.close()
        self.cut()

    @property
    def url(self) -> str:
        """For the gateway's configuration."""
        return f"mqtt://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every connection."""
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def refuse(self) -> None:
        """End every connection, and every new one."""
        self._refuses.set()
        self.cut()

    def stall(self) -> None:
        """Take everything and pass nothing on: both ends believe that they are connected."""
        self._flows.clear()

    def heal(self) -> None:
        """Work again. What was held back by `stall` is lost, as behind a dead radio cell."""
        self.cut()
        self._refuses.clear()
        self._flows.set()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                ours, _ = self._listening.accept()
            except OSError:
                return
            if self._refuses.is_set():
                ours.close()
                continue
            try:
                theirs = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                ours.close()
                continue
            self.connections += 1
            self._open += [ours, theirs]
            for here, there in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pump, args=(here, there), daemon=True).start()

    def _pump(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65_536):
                if not self._flows.is_set():
                    continue  # swallowed
                there.sendall(data)
        if self._flows.is_set():
            for end in (here, there):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
