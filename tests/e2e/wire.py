"""A wire between browser and server that a test can cut and mend."""

import contextlib
import socket
import threading


class Wire:
    """Forwards bytes from a port of its own to the server's; `cut` ends every connection that stands, and new ones wait until it is mended."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.standing: set[socket.socket] = set()
        self.whole = threading.Event()
        self.whole.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                self.whole.wait()
                far = socket.create_connection(("127.0.0.1", self.server_port))
                self.standing |= {near, far}
                for from_, to in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(from_, to), daemon=True).start()

    def _carry(self, from_: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := from_.recv(65_536):
                to.sendall(data)
        for end in (from_, to):
            self.standing.discard(end)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.whole.clear()
        for end in list(self.standing):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole.set()

    def close(self) -> None:
        self.listening.close()
        self.cut()
        self.mend()
