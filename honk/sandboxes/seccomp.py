"""The seccomp filter: system calls that a sandbox does not need and that get around its isolation.

Namespaces do not cover everything: sockets to the hypervisor (AF_VSOCK) ignore network namespaces, kernel keyrings are
inherited, io_uring opens sockets past a filter, and a new user namespace gives back all capabilities, and with them
rarely tested kernel code. Tried: without this filter, a sandbox on a virtual machine got an answer from its host.

Files in the workspace and the home are files of the host, with Honk's owner. No call may therefore make one set-user-ID
or set-group-ID: on the host, whoever reaches the file would become that user. (Capabilities of files need CAP_SETFCAP,
which no sandbox has.)
"""

import errno
import struct
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD, _FOURTH = 0, 4, 16, 24, 32, 40
"""Offsets in struct seccomp_data; both machines are little-endian, so these are the lower halves of the arguments."""

_X32 = 0x40000000
_NEW_USER = 0x10000000
_FAMILIES = (1, 2, 10, 16)
"""AF_UNIX, AF_INET, AF_INET6, AF_NETLINK."""
_SET_ID = 0o6000
_CREATES = 0o100 | 0o20000000
"""O_CREAT and __O_TMPFILE: without these, the mode of `open` has no meaning."""

_TERMINAL = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: they inject input into a terminal."""


@dataclass(frozen=True)
class _Machine:
    """System call numbers. `refused` get EPERM; `absent` get ENOSYS, on which callers fall back to an older call.
    `modes` and `opens` make files or set their mode: the number, where the flags are (`opens`), where the mode is."""

    architecture: int
    socket: int
    ioctl: int
    unshare: int
    clone: int
    refused: tuple[int, ...]
    absent: tuple[int, ...]
    modes: tuple[tuple[int, int], ...]
    opens: tuple[tuple[int, int, int], ...]


_MACHINES = {
    # refused: add_key request_key keyctl bpf perf_event_open userfaultfd kexec_load open_by_handle_at and the modules
    # absent: io_uring_setup io_uring_enter io_uring_register clone3 openat2 (whose flags a filter cannot read)
    # modes: chmod fchmod creat mknod (of old machines), fchmodat fchmodat2 mknodat; opens: open openat
    "x86_64": _Machine(
        *(0xC000003E, 41, 16, 272, 56),
        (248, 249, 250, 321, 298, 323, 246, 304, 175, 313, 176),
        (425, 426, 427, 435, 437),
        ((90, _SECOND), (91, _SECOND), (85, _SECOND), (133, _SECOND), (268, _THIRD), (452, _THIRD), (259, _THIRD)),
        ((2, _SECOND, _THIRD), (257, _THIRD, _FOURTH)),
    ),
    "aarch64": _Machine(
        *(0xC00000B7, 198, 29, 97, 220),
        (217, 218, 219, 280, 241, 282, 104, 265, 105, 273, 106),
        (425, 426, 427, 435, 437),
        ((52, _SECOND), (53, _THIRD), (452, _THIRD), (33, _THIRD)),
        ((56, _THIRD, _FOURTH),),
    ),
}


def program(machine: str) -> bytes:
    """The filter for `machine` (as `uname -m` says) in the form that bubblewrap reads; empty for an unknown machine."""
    if machine not in _MACHINES:
        return b""
    known = _MACHINES[machine]
    steps = [
        (_LOAD, _ARCHITECTURE),
        *_unless(_EQUAL, known.architecture, errno.ENOSYS),
        (_LOAD, _NUMBER),
        *(_if(_AT_LEAST, _X32, errno.ENOSYS) if machine == "x86_64" else ()),
        *(step for number in known.absent for step in _if(_EQUAL, number, errno.ENOSYS)),
        *(step for number in known.refused for step in _if(_EQUAL, number, errno.EPERM)),
        *_call(known.ioctl, _SECOND, [step for value in _TERMINAL for step in _if(_EQUAL, value, errno.EPERM)]),
        *_call(known.unshare, _FIRST, _if(_ANY_BIT, _NEW_USER, errno.EPERM)),
        *_call(known.clone, _FIRST, _if(_ANY_BIT, _NEW_USER, errno.EPERM)),
        *_call(known.socket, _FIRST, _only(_FAMILIES, errno.EAFNOSUPPORT)),
        *(step for number, mode in known.modes for step in _call(number, mode, _if(_ANY_BIT, _SET_ID, errno.EPERM))),
        *(step for number, flags, mode in known.opens for step in _call(number, flags, _creating(mode))),
        (_RETURN, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", step[0], *(step[2:] or (0, 0)), step[1]) for step in steps)


_Step = tuple[int, ...]
"""(operation, operand) or (operation, operand, steps to skip if true, steps to skip if false)."""


def _if(test: int, value: int, error: int) -> list[_Step]:
    return [(test, value, 0, 1), (_RETURN, _ERRNO | error)]


def _unless(test: int, value: int, error: int) -> list[_Step]:
    return [(test, value, 1, 0), (_RETURN, _ERRNO | error)]


def _creating(mode: int) -> list[_Step]:
    """EPERM for set-id bits in the argument `mode`, where the flags, which are loaded, make a file."""
    steps = [(_LOAD, mode), *_if(_ANY_BIT, _SET_ID, errno.EPERM)]
    return [(_ANY_BIT, _CREATES, 0, len(steps)), *steps]


def _only(values: tuple[int, ...], error: int) -> list[_Step]:
    """Any other value than `values` is an error."""
    tests = [(_EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return [*tests, (_RETURN, _ERRNO | error)]


def _call(number: int, argument: int, steps: list[_Step]) -> list[_Step]:
    """`steps` on one argument of the system call `number`, which is allowed when they match nothing."""
    return [(_EQUAL, number, 0, len(steps) + 2), (_LOAD, argument), *steps, (_RETURN, _ALLOW)]
