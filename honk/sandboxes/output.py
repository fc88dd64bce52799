"""The output of a job: its beginning and its end; the middle is cut out when it is too long."""


class JobOutput:
    """Collects output and keeps at most `limit` bytes, half from the beginning and half from the end."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def take(self, chunk: bytes) -> None:
        self.total += len(chunk)
        free = max(0, self._half - len(self._head))
        self._head += chunk[:free]
        self._tail += chunk[free:]
        if len(self._tail) > 2 * self._half:  # trimmed rarely, so that each byte is moved once
            del self._tail[: -self._half]

    def text(self) -> str:
        """The output as text; a line says how many bytes were cut out."""
        tail = self._tail[-self._half :]
        cut = self.total - len(self._head) - len(tail)
        middle = f"\n[… {cut} bytes cut …]\n".encode() if cut else b""
        return bytes(self._head + middle + tail).decode(errors="replace")
