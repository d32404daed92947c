"""A TCP connection that a test can cut: between one client and the API server, so that only that client loses it."""
import socket
import threading

from .process import free_port

CHUNK_BYTES = 65536


class Forwarder:
    def __init__(self, target_port):
        self.port = free_port()
        self._target = ("127.0.0.1", target_port)
        self._lock = threading.Lock()
        self._sockets = set()
        self._listener = None
        self.mend()

    def mend(self):
        """Accepts connections (again)."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        """Closes all connections and refuses new ones."""
        # shutdown() wakes the thread in accept(), which close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._sockets:
                _shut(connection)

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """One connection, to its end."""
        with client:
            try:
                server = socket.create_connection(self._target)
            except OSError:
                return
            with server:
                with self._lock:
                    self._sockets |= {client, server}
                replies = threading.Thread(target=_pump, args=(server, client), daemon=True)
                replies.start()
                _pump(client, server)
                replies.join()
                with self._lock:
                    self._sockets -= {client, server}


def _pump(source, sink):
    try:
        while data := source.recv(CHUNK_BYTES):
            sink.sendall(data)
    except OSError:
        pass
    _shut(source)
    _shut(sink)


def _shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was faster
