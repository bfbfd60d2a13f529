"""Websockets as uvicorn serves them, but for three things that only the connection itself can do.

A client that does not read is dropped: uvicorn waits for it for ever, with what was written in memory. A
server that stops says 1001, going away, and waits for nobody. Text that is no UTF-8 is the client's mistake
and leaves no traceback.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_MESSAGE_BYTES = 100_000
"""What a client may send at once: as much as a POST."""
READ_WITHIN_SECONDS = 5
_GONE_WITHIN_SECONDS = 1


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's `ws`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **options)
        self._patience: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client has not read what was sent; give it a while."""
        super().pause_writing()
        self._abort_in(READ_WITHIN_SECONDS)

    def resume_writing(self) -> None:
        """It has read most of it."""
        super().resume_writing()
        self._calm_down()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits to send is told."""
        self._calm_down()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close with 1001: another process may be there."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1001})
            self.conn.fail(1001, "The server is stopping.")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
        else:
            super().shutdown()
        self._abort_in(_GONE_WITHIN_SECONDS)

    def send_receive_event_to_app(self) -> None:
        """Text reaches the application if it is text."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(1007, "A message must be UTF-8.")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def _abort_in(self, seconds: float) -> None:
        self._calm_down()
        self._patience = self.loop.call_later(seconds, self.transport.abort)

    def _calm_down(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
