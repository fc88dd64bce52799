"""What a job printed: its head and its tail, the middle cut out when it is too long."""


class JobOutput:
    """Takes output as it comes and keeps at most `limit` bytes of it, half from the start and half from the end."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def take(self, chunk: bytes) -> None:
        """Add what came."""
        self.total += len(chunk)
        room = self._half - len(self._head)
        self._head += chunk[:room] if room > 0 else b""
        self._tail += chunk[max(room, 0) :]
        if len(self._tail) > 2 * self._half:  # trimmed seldom, so that each byte is moved once
            del self._tail[: -self._half]

    def text(self) -> str:
        """All of it as text; where something was cut, a line says how many bytes."""
        tail = self._tail[-self._half :]
        cut = self.total - len(self._head) - len(tail)
        middle = f"\n[… {cut} bytes cut …]\n".encode() if cut else b""
        return bytes(self._head + middle + tail).decode(errors="replace")
