"""The worker's end of the line to the shims: who is up, and hanging up, which ends them.

A shim connects before it starts anything. The kernel says which process that is (in our numbers, whatever namespace it
lives in), and a process id file descriptor makes sure that we never signal another one that got its number later.
"""

import array
import asyncio
import os
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

_GRACE = 0.5
_PATIENCE = 2.0


class ShimConnection:
    """One shim that is up. Everything of its run has ended when it has."""

    def __init__(self, connection: socket.socket, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._connection = connection
        self._pidfd = pidfd
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(pidfd, self._end)

    @property
    def alive(self) -> bool:
        """It has not ended yet."""
        return not self.ended.done()

    async def hang_up(self) -> None:
        """End the run: the shim does it when the line goes dead, or it is killed. Returns when nothing is left."""
        self._connection.close()
        if not await self._gone(_GRACE):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            await self._gone(_PATIENCE)

    def close(self) -> None:
        """Forget it."""
        self._connection.close()
        if self.alive:
            self._end()

    async def _gone(self, seconds: float) -> bool:
        await asyncio.wait((self.ended,), timeout=seconds)
        return self.ended.done()

    def _end(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.ended.set_result(None)


class ControlChannel:
    """Listens at `path` for shims. `door` is the directory in which `app.sock` is opened and handed to each.

    `sealed`: only the first process of a process namespace is accepted, so that nothing else in a sandbox can make us
    watch (and one day signal) a process of its choice.
    """

    def __init__(self, path: Path, app_socket: Path | None, *, sealed: bool) -> None:
        self.lines: list[ShimConnection] = []
        self.up = asyncio.Event()
        self.seen = False  # also when it had ended before we looked
        self._path = path
        self._sealed = sealed
        self._app_path = app_socket
        self._app_listener = None if app_socket is None else _listen(app_socket, 0o600)
        self._listener = _listen(path, 0o600)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener.fileno(), self.admit)

    @property
    def alive(self) -> list[int]:
        """The shims that are up, as process ids."""
        return [line.pid for line in self.lines if line.alive]

    async def hang_up(self) -> None:
        """Admit nobody any more and end all that is up; returns when nothing of it is left."""
        self._deafen()
        await asyncio.gather(*(line.hang_up() for line in self.lines if line.alive))

    def close(self) -> None:
        """Let go of everything; call it after `hang_up`."""
        self._deafen()
        for line in self.lines:
            line.close()
        if self._app_listener is not None and self._app_path is not None:
            self._app_listener.close()
            self._app_path.unlink(missing_ok=True)

    def _deafen(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def admit(self) -> None:
        """Take in whoever has come."""
        while self._listener.fileno() >= 0:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            self.seen = True
            if line := self._line(connection):
                self.lines.append(line)
                self.up.set()
            else:
                connection.close()

    def _line(self, connection: socket.socket) -> ShimConnection | None:
        pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        with suppress(ProcessLookupError, BrokenPipeError):
            if self._app_listener is not None:
                fds = array.array("i", [self._app_listener.fileno()])
                connection.sendmsg((b"d",), ((socket.SOL_SOCKET, socket.SCM_RIGHTS, fds),))
            pidfd = os.pidfd_open(pid)
            if not self._sealed or _is_init(pid):
                return ShimConnection(connection, pid, pidfd)
            os.close(pidfd)
        return None


def _listen(path: Path, mode: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    path.unlink(missing_ok=True)
    listener.bind(str(path))
    path.chmod(mode)
    listener.listen(128)
    return listener


def _is_init(pid: int) -> bool:
    """Whether `pid` is the first process of a process namespace below ours."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                numbers = line.split()[1:]
                return len(numbers) > 1 and numbers[-1] == "1"
    return False
