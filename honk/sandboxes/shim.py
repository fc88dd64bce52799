"""PID 1 inside a sandbox: forwards the proxies and the app's port, starts the command, and ends with it.

    shim.py --control PATH [--proxy-sockets DIR] [--app-socket] [--limits PROCESSES,FILE_BYTES] [--adopt]
            [--filter FILE] -- COMMAND…

    127.0.0.1:P1  ──►  DIR/model.sock     ANTHROPIC_BASE_URL=http://127.0.0.1:P1
    127.0.0.1:P2  ──►  DIR/egress.sock    HTTP_PROXY, HTTPS_PROXY and their lower-case forms
    app socket    ──►  127.0.0.1:$PORT    the worker hands over its listening socket

The control socket connects the shim to the worker. The connection reports that the shim runs; the app socket is
received through it; and when it is closed (the worker ended this run, or died) everything in here ends at once.

The file is bound into the sandbox and run with `python3 -I -S`, so it needs nothing but the interpreter. It uses
`_socket` and `_signal`, the C parts of the well-known modules: their Python parts import `enum`, which doubles the time
to start and the memory of a process that exists once per sandbox.
"""

import _signal  # type: ignore[import-not-found]  # typeshed does not know it
import _socket
import os
import resource
import select
import sys

CHUNK = 65536
BACKLOG = 4 * CHUNK
NOFILE = 65536
WORKER_GONE = 137
NOT_STARTED = 125


class Bridge:
    """One end of a forwarded connection; `peer` is the other end. `out` still has to be sent on this one."""

    def __init__(self, sock: _socket.socket) -> None:
        self.sock = sock
        self.peer = self
        self.out = bytearray()
        self.reading = True  # no end of file was received yet
        self.ending = False  # the peer's end of file was received; it is passed on after `out`
        self.shut = False
        self.mask = 0

    def receive(self) -> None:
        """Read what has arrived and send it to the peer."""
        data = self.sock.recv(CHUNK)
        if data:
            self.peer.out += data
        else:
            self.reading, self.peer.ending = False, True
        self.peer.send()

    def send(self) -> None:
        """Send as much of `out` as possible, then the end of file: a half-closed connection stays open the other
        way."""
        try:
            while self.out:
                del self.out[: self.sock.send(self.out[:CHUNK])]
        except BlockingIOError:
            return
        if self.ending and not self.shut:
            self.shut = True
            self.sock.shutdown(_socket.SHUT_WR)

    @property
    def over(self) -> bool:
        """No more data can pass on this end."""
        return not self.reading and self.shut

    def wanted(self) -> int:
        """The events to wait for. Reading stops while the peer does not keep up."""
        reading = select.EPOLLIN if self.reading and len(self.peer.out) < BACKLOG else 0
        return reading | (select.EPOLLOUT if self.out else 0)


class Shim:
    """The event loop: listeners, bridges, child processes, and the control socket."""

    def __init__(self, control: _socket.socket) -> None:
        self.epoll = select.epoll()
        self.bridges: dict[int, Bridge] = {}
        self.listeners: dict[int, tuple[_socket.socket, int, object]] = {}
        self.control = control
        self.epoll.register(control.fileno(), select.EPOLLIN)
        self.wakeup, writer = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(writer, False)
        self.epoll.register(self.wakeup, select.EPOLLIN)
        _signal.set_wakeup_fd(writer)
        for number in (_signal.SIGCHLD, _signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP):
            _signal.signal(number, lambda *_: None)

    def listen(self, family: int, address: object) -> int:
        """Forward connections to `address` from a free port of 127.0.0.1, which is returned."""
        sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        sock.bind(("127.0.0.1", 0))
        sock.listen(128)
        self.forward(sock, family, address)
        return int(sock.getsockname()[1])

    def forward(self, listener: _socket.socket, family: int, address: object) -> None:
        """Forward connections from `listener` to `address`."""
        listener.setblocking(False)
        self.listeners[listener.fileno()] = (listener, family, address)
        self.epoll.register(listener.fileno(), select.EPOLLIN)

    def run(self, child: int) -> int:
        """Forward until `child` ends; return its status as a shell reports it."""
        while True:
            for fd, mask in self.epoll.poll():
                if fd == self.wakeup:
                    status = self.signalled(child)
                    if status is not None:
                        return status
                elif fd == self.control.fileno():
                    return WORKER_GONE
                elif fd in self.listeners:
                    self.accept(*self.listeners[fd])
                elif fd in self.bridges:
                    self.advance(self.bridges[fd], mask)

    def signalled(self, child: int) -> int | None:
        """Pass signals on to `child` and reap ended processes; the status of `child` if it is among them."""
        for number in os.read(self.wakeup, 512):
            if number != _signal.SIGCHLD:
                os.kill(child, number)
        return reap(child)

    def accept(self, listener: _socket.socket, family: int, address: object) -> None:
        """Forward one new connection; when nothing listens at `address`, the client sees it closed."""
        try:
            fd, _ = listener._accept()  # type: ignore[attr-defined]  # socket.accept calls it
        except OSError:
            return
        near = Bridge(_socket.socket(fileno=fd))
        far = Bridge(_socket.socket(family, _socket.SOCK_STREAM))
        near.peer, far.peer = far, near
        try:
            far.sock.connect(address)  # type: ignore[arg-type]  # local, so it does not wait
        except OSError:
            near.sock.close()
            far.sock.close()
            return
        for bridge in (near, far):
            bridge.sock.setblocking(False)
            self.bridges[bridge.sock.fileno()] = bridge
            self.update(bridge)

    def advance(self, bridge: Bridge, mask: int) -> None:
        """Handle the events `mask` on one end of a bridge."""
        try:
            if mask & ~select.EPOLLOUT and bridge.reading:
                bridge.receive()
            if mask & select.EPOLLOUT:
                bridge.send()
        except BlockingIOError:
            pass
        except OSError:
            self.close(bridge)
            return
        if bridge.over and bridge.peer.over:
            self.close(bridge)
            return
        self.update(bridge)
        self.update(bridge.peer)

    def update(self, bridge: Bridge) -> None:
        """Register the wanted events; unregister for none, because epoll always reports a hang-up, which would spin."""
        mask, fd = bridge.wanted(), bridge.sock.fileno()
        if mask == bridge.mask:
            return
        if not bridge.mask:
            self.epoll.register(fd, mask)
        elif not mask:
            self.epoll.unregister(fd)
        else:
            self.epoll.modify(fd, mask)
        bridge.mask = mask

    def close(self, bridge: Bridge) -> None:
        """Close both ends of a bridge."""
        for end in (bridge, bridge.peer):
            del self.bridges[end.sock.fileno()]
            if end.mask:
                self.epoll.unregister(end.sock.fileno())
            end.sock.close()


def reap(child: int) -> int | None:
    """Collect every process that has ended; the status of `child` if it is among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == child:
            found = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def connect(path: str) -> _socket.socket:
    """Connect to the worker. It exits when nothing listens, because the run was then ended before it began."""
    control = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        control.connect(path)
        control.send(b"up")
    except OSError:
        os._exit(NOT_STARTED)
    return control


def receive_app_socket(control: _socket.socket) -> _socket.socket:
    """The app socket's listener, from the worker. Its directory is not mounted in here, where it could be replaced by a
    link to another socket of the host."""
    _, ancillary, _, _ = control.recvmsg(1, 64)
    fd = int.from_bytes(ancillary[0][2][:4], sys.byteorder)
    os.set_inheritable(fd, False)
    return _socket.socket(fileno=fd)


def open_proxies(shim: Shim, directory: str) -> None:
    """Forward to the gateway's sockets, and set their addresses in the environment of the command."""
    model = shim.listen(_socket.AF_UNIX, directory + "/model.sock")
    egress = shim.listen(_socket.AF_UNIX, directory + "/egress.sock")
    os.environ["ANTHROPIC_BASE_URL"] = f"http://127.0.0.1:{model}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ[name] = f"http://127.0.0.1:{egress}"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = "127.0.0.1,localhost"


def free_port() -> int:
    sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    port = int(sock.getsockname()[1])
    sock.close()
    return port


def start(argv: list[str], limits: str, adopting: bool) -> int:
    """Fork, run the command on our stdio in a session of its own, and return its pid."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):  # Python ignores them, and that would be inherited
        _signal.signal(number, _signal.SIG_DFL)
    if limits:
        processes, file_bytes = map(int, limits.split(","))
        if not adopting:  # without a user namespace of its own, the kernel would count all processes of the user
            lower(resource.RLIMIT_NPROC, processes)
        lower(resource.RLIMIT_FSIZE, file_bytes)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, NOFILE)
    try:
        os.execvp(argv[0], argv)  # noqa: S606  # the command itself
    except FileNotFoundError:
        os.write(2, f"{argv[0]}: command not found\n".encode())
        os._exit(127)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(126)


def lower(kind: int, value: int) -> None:
    """Set a limit that cannot be raised again; a lower one stays."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def close_stdio() -> None:
    """Close our copies of stdio, so that its reader sees the end when the command closes it."""
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def adopt() -> None:
    """Become the parent of orphaned processes where no process namespace does that (the unsafe backend)."""
    import ctypes  # noqa: PLC0415  # imported only here, because it is slow

    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def install_filter(path: str) -> None:
    """Install the system call filter from the file `path`, for a backend whose program does not do that."""
    import ctypes  # noqa: PLC0415

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    with open(path, "rb") as file:  # noqa: PTH123
        steps = file.read()
    program = Program(len(steps) // 8, steps)
    if steps and ctypes.CDLL(None).prctl(22, 2, ctypes.byref(program), 0, 0):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        os._exit(NOT_STARTED)


def sweep() -> None:
    """Kill and reap all descendants; in a process namespace the kernel does that at exit."""
    while True:
        with open("/proc/self/task/" + str(os.getpid()) + "/children") as file:  # noqa: PTH123  # pathlib is slow
            below = file.read().split()
        if not below:
            return
        for pid in below:
            os.kill(int(pid), _signal.SIGKILL)
        os.waitpid(-1, 0)


def main(arguments: list[str]) -> int:
    """Run the command line described at the top of this file; return its exit status."""
    options: dict[str, str] = {}
    while (name := arguments.pop(0)) != "--":
        options[name] = "" if name in ("--app-socket", "--adopt") else arguments.pop(0)
    if "--filter" in options:
        install_filter(options["--filter"])
    control = connect(options["--control"])
    if "--adopt" in options:
        adopt()
    shim = Shim(control)
    if "--proxy-sockets" in options:
        open_proxies(shim, options["--proxy-sockets"])
    if "--app-socket" in options:
        port = free_port()
        os.environ["PORT"] = str(port)
        shim.forward(receive_app_socket(control), _socket.AF_INET, ("127.0.0.1", port))
    child = start(arguments, options.get("--limits", ""), "--adopt" in options)
    close_stdio()
    status = shim.run(child)
    if os.getpid() != 1:
        sweep()
    return status


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
