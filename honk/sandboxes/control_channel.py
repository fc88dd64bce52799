"""The worker's end of the control channel: which shims run, and closing the connection, which ends them.

A shim connects before it starts anything. The kernel reports its process id, as it is in our namespace, and a
pidfd makes sure that we never signal another process that got the same id later.
"""

import array
import asyncio
import os
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

_EXIT_SECONDS = 0.5
_KILL_SECONDS = 2.0


class ShimConnection:
    """One running shim. When it has ended, so has everything that it started."""

    def __init__(self, connection: socket.socket, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._connection = connection
        self._pidfd = pidfd
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(pidfd, self._on_exit)

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    async def end(self) -> None:
        """Close the connection, on which the shim ends its run; kill it if it does not. Returns when it has ended."""
        self._connection.close()
        if not await self._has_ended(_EXIT_SECONDS):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            await self._has_ended(_KILL_SECONDS)

    def close(self) -> None:
        """Release the descriptors, whether or not the shim has ended."""
        self._connection.close()
        if self.alive:
            self._on_exit()

    async def _has_ended(self, seconds: float) -> bool:
        await asyncio.wait((self.ended,), timeout=seconds)
        return self.ended.done()

    def _on_exit(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.ended.set_result(None)


class ControlChannel:
    """Listens at `path` for shims. A listening socket is opened at `app_socket` and handed to each of them.

    `sealed`: only the first process of a process namespace is accepted. Otherwise another process in the sandbox could
    make us watch, and later signal, a process of its choice.
    """

    def __init__(self, path: Path, app_socket: Path | None, *, sealed: bool) -> None:
        self.shims: list[ShimConnection] = []
        self.first_shim = asyncio.Event()
        self.any_connected = False  # also true for a shim that had ended before it was accepted
        self._path = path
        self._sealed = sealed
        self._app_path = app_socket
        self._app_listener = None if app_socket is None else _listen(app_socket, 0o600)
        self._listener = _listen(path, 0o600)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener.fileno(), self.accept_waiting)

    @property
    def alive(self) -> list[int]:
        return [shim.pid for shim in self.shims if shim.alive]

    async def end_all(self) -> None:
        """Accept no more shims, end those that run, and return when they have ended."""
        self._stop_listening()
        await asyncio.gather(*(shim.end() for shim in self.shims if shim.alive))

    def close(self) -> None:
        """Release all sockets and descriptors. To be called after `end_all`."""
        self._stop_listening()
        for shim in self.shims:
            shim.close()
        if self._app_listener is not None and self._app_path is not None:
            self._app_listener.close()
            self._app_path.unlink(missing_ok=True)

    def _stop_listening(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def accept_waiting(self) -> None:
        while self._listener.fileno() >= 0:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            self.any_connected = True
            if shim := self._accepted(connection):
                self.shims.append(shim)
                self.first_shim.set()
            else:
                connection.close()

    def _accepted(self, connection: socket.socket) -> ShimConnection | None:
        pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        with suppress(ProcessLookupError, BrokenPipeError):
            if self._app_listener is not None:
                fds = array.array("i", [self._app_listener.fileno()])
                connection.sendmsg((b"s",), ((socket.SOL_SOCKET, socket.SCM_RIGHTS, fds),))
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
