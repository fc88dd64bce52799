"""Conformance, second part: what a sandbox must do, and the limits that it must enforce."""

import asyncio
import os
import time
from dataclasses import replace

from honk.core.job import HOME, WORKSPACE, Job, JobLimits, Stopped
from honk.core.mounted_tree import location
from honk.sandboxes.conformance_harness import (
    CONNECT_BACK,
    SECONDS,
    ConformanceCheck,
    Harness,
    connection_event,
    job_directory,
    running,
    with_proxy_sockets,
)

_STOP_WITHIN = 2.0


async def passes_status_and_output(harness: Harness) -> str:
    """Exit status, signal, both streams in order, an empty harnessard input, and a missing program."""
    expected = (
        (("sh", "-c", "cat; echo one; echo two >&2; echo three; exit 7"), 7, "one\ntwo\nthree\n"),
        (("sh", "-c", "kill -TERM $$"), 143, ""),
    )
    for argv, status, output in expected:
        result = await harness.run(harness.job(*argv))
        if (result.exit, result.output, result.stopped) != (status, output, ""):
            return f"{' '.join(argv)} gave {result}"
    missing = await harness.run(harness.job("honk-no-such-program"))
    if missing.exit != 127 or "honk-no-such-program" not in missing.output:
        return f"a missing program gave {missing}"
    return ""


async def shows_the_workspace(harness: Harness) -> str:
    """The tree is the working directory; what is written in it is on the host; a read-only tree cannot be written."""
    job = harness.job("sh", "-c", f'test "$(pwd -P)" = {WORKSPACE} && cat given && echo made > {WORKSPACE}/made')
    (location(job.tree) / "given").write_text("given")
    result = await harness.run(job)
    if not result.ok or result.output != "given":
        return f"the workspace is wrong: {result}"
    if (location(job.tree) / "made").read_text() != "made\n":
        return "what was written in the workspace is not on the host"
    refused = await harness.run(replace(job, argv=("sh", "-c", "echo > made"), writable=False))
    return "" if refused.exit else "a read-only workspace could be written to"


async def keeps_the_home(harness: Harness) -> str:
    """The home is at its path, and the next run finds what the last one wrote."""
    job = harness.job("sh", "-c", f'test "$HOME" = {HOME} && cd && pwd -P && cat kept; echo kept > kept')
    await harness.run(job)
    second = await harness.run(job)
    return "" if second.output == f"{HOME}\nkept\n" else f"the second run printed {second.output!r}"


async def shows_what_is_given(harness: Harness) -> str:
    """Further files appear at their paths, read-only; the job's variables are passed, and none of the host's."""
    job = harness.job("sh", "-c", "cat /opt/honk/given; echo $GIVEN; echo > /opt/honk/given; env -u GIVEN")
    file = job_directory(job) / "given"
    file.write_text("file\n")
    os.environ["HONK_CANARY"] = "seen"
    try:
        result = await harness.run(replace(job, env={"GIVEN": "variable"}, readonly={"/opt/honk/given": file}))
    finally:
        del os.environ["HONK_CANARY"]
    if not result.output.startswith("file\nvariable\n") or file.read_text() != "file\n":
        return f"printed {result.output!r}"
    names = {line.partition("=")[0] for line in result.output.splitlines()[2:] if "=" in line}
    return "passed on HONK_CANARY" if "HONK_CANARY" in names else ""


async def has_no_proxy_by_default(harness: Harness) -> str:
    """Without proxy sockets, no variable names a proxy."""
    return await harness.probe(
        """
        import os
        for name in os.environ:
            if "PROXY" in name.upper() or name in ("ANTHROPIC_BASE_URL", "PORT"):
                print("has", name)
        """
    )


async def forwards_to_the_proxies(harness: Harness) -> str:
    """Requests to both proxies arrive at their sockets; a response after the client's end of file is complete."""
    job = with_proxy_sockets(harness.script(_CALLER))
    sockets = {name: str(job_directory(job) / "proxies" / f"{name}.sock") for name in ("model", "egress")}

    async def answer(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.read()
        for _ in range(16):
            writer.write(name.encode() * 65536)
            await writer.drain()
        writer.write(asked)
        writer.close()
        await writer.wait_closed()

    async with (
        await asyncio.start_unix_server(lambda r, w: answer("model", r, w), sockets["model"]),
        await asyncio.start_unix_server(lambda r, w: answer("egress", r, w), sockets["egress"]),
    ):
        result = await harness.run(job)
    return "" if result.output == "True True\n" else f"printed {result.output.strip()!r}"


_CALLER = """
import os, socket
def call(variable, asked):
    host, port = os.environ[variable].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(asked)
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while data := sock.recv(65536):
            got += data
        return got
asked = os.urandom(300_000)
assert {os.environ[n] for n in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")} == {os.environ["http_proxy"]}
print(call("ANTHROPIC_BASE_URL", asked) == b"model" * 65536 * 16 + asked,
      call("http_proxy", asked) == b"egress" * 65536 * 16 + asked)
"""


async def forwards_the_app_socket(harness: Harness) -> str:
    """A server inside is reached through the app socket, which is removed afterwards."""
    job = with_proxy_sockets(harness.script(_SERVER))
    app_socket = job_directory(job) / "app.sock"
    async with connection_event(job) as up, harness.sandbox.start(replace(job, app_socket=app_socket)):
        await asyncio.wait_for(up.wait(), SECONDS)
        reader, writer = await asyncio.open_unix_connection(str(app_socket))
        writer.write(b"hello")
        writer.write_eof()
        response = await reader.read()
        writer.close()
        await writer.wait_closed()
    if app_socket.exists():
        return "the app socket is still there"
    return "" if response == b"HELLO" else f"answered {response!r}"


_SERVER = (
    CONNECT_BACK
    + """
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
connect_back()
client, _ = server.accept()
asked = b""
while data := client.recv(100):
    asked += data
client.sendall(asked.upper())
client.close()
server.accept()
"""
)


async def serves_as_launcher(harness: Harness) -> str:
    """What the launcher starts has the caller's stdio and further arguments, and ends with the block."""
    job = with_proxy_sockets(harness.script(CONNECT_BACK + _ECHO))
    async with connection_event(job) as up:
        async with harness.sandbox.launcher(job) as launcher:
            child = await asyncio.create_subprocess_exec(
                launcher.path, "--flag", "two words", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            assert child.stdin is not None
            child.stdin.write(b"line\n")
            await asyncio.wait_for(up.wait(), SECONDS)
        printed, _ = await asyncio.wait_for(child.communicate(), _STOP_WITHIN)
    return "" if printed == b"['--flag', 'two words']\nline\n\n" else f"printed {printed!r}"


_ECHO = """
import sys, time
print(sys.argv[1:])
print(sys.stdin.readline())
sys.stdout.flush()
sys.stdin.close()
connect_back()
time.sleep(3600)
"""


async def stops_at_once(harness: Harness) -> str:
    """Processes that ignore every signal they can have ended within 2 s."""
    marker = f"honk-stubborn-{os.urandom(8).hex()}"
    job = with_proxy_sockets(harness.script(CONNECT_BACK + _STUBBORN, marker))
    async with connection_event(job) as up, harness.sandbox.start(job) as running_job:
        await asyncio.wait_for(up.wait(), SECONDS)
        begun = time.monotonic()
        await running_job.stop()
        took = time.monotonic() - begun
        left = running(marker)
        result = await running_job.wait()
    if left or took > _STOP_WITHIN:
        return f"took {took:.1f} s{', and processes are left' if left else ''}"
    return "" if result.stopped == "cancelled" and not result.ok else f"gave {result}"


_STUBBORN = """
import signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, signal.SIG_IGN)
if all(os.fork() for _ in range(5)):
    connect_back()
os.setsid() if os.getpgrp() != os.getpid() else None
time.sleep(3600)
"""


async def _limit(harness: Harness, why: Stopped, job: Job) -> str:
    result = await harness.run(job)
    return "" if result.stopped == why and not result.ok else f"expected the stop {why!r}, got {str(result)[:300]}"


async def limits_memory(harness: Harness) -> str:
    """The limit counts resident memory of all processes together."""
    limits = JobLimits(memory_mb=128, seconds=SECONDS)
    source = "import os, time; os.fork(); a = [bytearray(b'x') * (16 << 20) for _ in range(6)]; time.sleep(60)"
    return await _limit(harness, "memory", harness.script(source, limits=limits))


async def allows_address_space(harness: Harness) -> str:
    """Reserved memory that is not used does not count: JavaScript engines reserve a lot."""
    source = "import mmap; m = mmap.mmap(-1, 8 << 30); m[0] = 1; print(m[0])"
    result = await harness.run(harness.script(source, limits=JobLimits(memory_mb=128, seconds=SECONDS)))
    return "" if result.ok else f"got {result}"


async def limits_processes(harness: Harness) -> str:
    """The limit also holds for a program that forks in a loop."""
    limits = JobLimits(processes=64, seconds=SECONDS)
    source = """
        import os, time
        for _ in range(100):
            try:
                if os.fork() == 0:
                    break
            except BlockingIOError:
                pass
        time.sleep(60)
    """
    return await _limit(harness, "processes", harness.script(source, limits=limits))


async def limits_output(harness: Harness) -> str:
    """The middle of long output is cut out; many times the limit ends the run."""
    limits = JobLimits(output_bytes=10_000, seconds=SECONDS)
    source = "print('head' + 'x' * 20_000 + 'tail')"
    result = await harness.run(harness.script(source, limits=limits))
    if not (result.ok and result.output.startswith("head") and result.output.endswith("tail\n")):
        return f"kept {result.output[:20]!r} … {result.output[-20:]!r} ({result.exit}, {result.stopped})"
    if len(result.output.encode()) > 10_100:
        return f"kept {len(result.output)} bytes of 10000"
    return await _limit(harness, "output", harness.script("while True: print('x' * 1000)", limits=limits))


async def limits_time(harness: Harness) -> str:
    """The limit counts wall time."""
    return await _limit(harness, "time", harness.job("sleep", "60", limits=JobLimits(seconds=0.5)))


async def limits_disk(harness: Harness) -> str:
    """The limit counts what is written in the workspace and the home together."""
    limits = JobLimits(disk_mb=32, seconds=SECONDS)
    source = """
        import os, time
        for number in range(8):
            path = os.path.join(("/workspace", os.environ["HOME"])[number % 2], str(number))
            with open(path, "wb") as file:
                for _ in range(8):
                    file.write(os.urandom(1 << 20))
        time.sleep(60)
    """
    return await _limit(harness, "disk", harness.script(source, limits=limits))


CHECKS: tuple[ConformanceCheck, ...] = (
    passes_status_and_output,
    shows_the_workspace,
    keeps_the_home,
    shows_what_is_given,
    has_no_proxy_by_default,
    forwards_to_the_proxies,
    forwards_the_app_socket,
    serves_as_launcher,
    stops_at_once,
    limits_memory,
    allows_address_space,
    limits_processes,
    limits_output,
    limits_time,
    limits_disk,
)
