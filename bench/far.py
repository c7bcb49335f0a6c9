"""A SOCKS port as far away as the real Tor network is: the private one answers in milliseconds."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

ROUND_TRIP_SECONDS: Final = 0.6
"""There and back to an onion service, over six relays."""
_ANSWERED_BY_THE_CLIENT: Final = 1
"""The client's own tor greets (RFC 1928 §3); everything after that comes from far away."""
_READ_BYTES: Final = 65_536


class FarAway:
    """Forwards to the SOCKS port *near*; every byte takes *seconds* there and back."""

    def __init__(self, near: str, seconds: float = ROUND_TRIP_SECONDS) -> None:
        host, _, port = near.rpartition(":")
        self._near = host, int(port)
        self._one_way = seconds / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.socks = ""

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.start_server(self._forward, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(started, self._loop).result()
        self.socks = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        near_reader, near_writer = await asyncio.open_connection(*self._near)
        there, back = self._pump(reader, near_writer), self._pump(near_reader, writer)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(there, back, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Calls that are due at the same distance run in the order in which they were made."""
        read = 0
        while data := await reader.read(_READ_BYTES):
            read += 1
            seconds = 0 if read <= _ANSWERED_BY_THE_CLIENT else self._one_way
            self._loop.call_later(seconds, writer.write, data)
        self._loop.call_later(self._one_way, writer.close)
