import asyncio
import os
import signal
import time
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.core.errors import UsageError
from honk.deploy import deploy_script, masking
from honk.deploy.deploy_script import FAILURES, HealthWatch
from tests.waiting import until


async def run(tmp_path, command, **options):
    env = {
        "TOKEN": "hunter2-xyz",
        "DEPLOY_PORT": "9000",
        "DEPLOY_ROOT": str(tmp_path / "srv"),
        **options.pop("env", {}),
    }
    return await deploy_script.run(command, tmp_path, sha="c0ffee", env=env, log=tmp_path / "deploy.log", **options)


async def test_a_deploy_gets_its_own_environment_and_nothing_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-ours")
    done = await run(tmp_path, 'env > seen; test "$TOKEN" = hunter2-xyz && test "$PWD" = "' + str(tmp_path) + '"')
    assert (done.ok, done.sha, done.output) == (True, "c0ffee", "")
    assert "sk-ant-ours" not in (tmp_path / "seen").read_text()


async def test_lines_are_passed_on_at_once_and_without_secrets(tmp_path):
    told = []
    script = "echo using $TOKEN on $DEPLOY_PORT in $DEPLOY_ROOT; until [ -e go ]; do sleep 0.05; done; sleep 0.2"
    script += "; printf end; exit 4"
    waiting = asyncio.create_task(run(tmp_path, script, on_line=told.append))
    await until(lambda: told)
    assert told == [f"using ••• on 9000 in {tmp_path}/srv"]
    (tmp_path / "go").touch()
    done = await waiting
    assert not done.ok and told[1:] == ["end"]
    assert done.output.splitlines() == [*told] and done.seconds >= 0.2


async def test_the_log_holds_no_secret_that_the_script_printed(tmp_path):
    forms = "hunter2%2Fxyz%20%21", "aHVudGVyMi94", "hunter2/xyz !"
    script = 'set -x; echo "in with $TOKEN"; printf %s "$TOKEN" | base64; echo "?t=' + forms[0] + '"; exit 1'
    done = await run(tmp_path, script, env={"TOKEN": forms[2], "HONK_SHA": "c0ffee"})
    log = (tmp_path / "deploy.log").read_text()
    assert "in with *" in log and not done.ok
    for form in forms:
        assert form not in log and form not in done.output, form
    assert (tmp_path / "deploy.log").stat().st_mode & 0o777 == 0o600
    slow = asyncio.create_task(run(tmp_path, 'echo "$TOKEN"; touch printed; exec sleep 60'))
    await until((tmp_path / "printed").exists)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert "hunter2" not in (tmp_path / "deploy.log").read_text()


async def test_only_the_end_of_a_long_output_is_kept(tmp_path):
    done = await run(tmp_path, "seq 1 100000; exit 1")
    assert done.output.splitlines()[-1] == "100000" and len(done.output.splitlines()) == 40


async def test_a_server_that_the_deploy_starts_keeps_running(tmp_path):
    script = "(until [ -e go ]; do sleep 0.05; done; echo still here; touch alive; exec sleep 60) & echo $! > pid"
    done = await run(tmp_path, script)
    assert done.ok
    (tmp_path / "go").touch()
    pid = int((tmp_path / "pid").read_text())
    try:
        await until((tmp_path / "alive").exists)
        os.kill(pid, 0)
        assert "still here" in (tmp_path / "deploy.log").read_text()
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_a_deploy_that_hangs_is_stopped_but_not_the_daemon_it_detached(tmp_path):
    script = "setsid sleep 60 & echo $! > daemon; sleep 61 & echo $! > child; wait"
    began = time.monotonic()
    done = await run(tmp_path, script, timeout=0.5)
    assert not done.ok and done.output == "stopped after 0.5 s" and time.monotonic() - began < 3
    daemon, child = (int((tmp_path / name).read_text()) for name in ("daemon", "child"))
    os.kill(daemon, signal.SIGKILL)
    await until(lambda: _dead(child))  # it was killed; the kernel takes its time


def _dead(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_a_cancelled_deploy_is_killed(tmp_path):
    task = asyncio.create_task(run(tmp_path, "echo $$ > pid; exec sleep 60"))
    pid = int(await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_log_is_private(tmp_path):
    (tmp_path / "deploy.log").symlink_to(tmp_path / "elsewhere")
    await run(tmp_path, "echo $TOKEN")
    assert (tmp_path / "deploy.log").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "elsewhere").exists()


def test_a_secret_of_many_lines_is_taken_out_line_by_line():
    key = "-----BEGIN KEY-----\nabcdefgh\n}\n-----END KEY-----"
    assert masking.redact("x abcdefgh y } z", (key,)) == "x ••• y } z"
    assert masking.redact("pass-word and pass", ("pass", "pass-word")) == "••• and •••"


def test_names_in_an_address_come_from_the_deploys_environment():
    assert deploy_script.expand("http://127.0.0.1:${PORT}/${PORT}$PORT", {"PORT": "9"}) == "http://127.0.0.1:9/9$PORT"
    with pytest.raises(UsageError, match=r"\$\{PORTT\}.*there now: PORT"):
        deploy_script.expand("http://x:${PORTT}/", {"PORT": "9"})


def feed(health, answers):
    """`answers`: one letter per second, `.` good, `x` bad."""
    for second, answer in enumerate(answers):
        if verdict := health.add(second, "" if answer == "." else "503"):
            return verdict.healthy, second
    return None


def test_healthy_after_good_checks_for_the_whole_time():
    assert feed(HealthWatch(3), "....") == (True, 3)
    assert feed(HealthWatch(0), ".") == (True, 0)


def test_failed_checks_are_ignored_during_startup():
    assert feed(HealthWatch(2, startup=5), "xxxx...") == (True, 6)
    assert feed(HealthWatch(2, startup=5), "x" * 20) == (False, 4 + FAILURES)


def test_few_failures_restart_the_count():
    assert feed(HealthWatch(3), "..xx....") == (True, 7)
    assert feed(HealthWatch(3), "..xxx...") == (False, 4)


def test_frequent_failures_are_unhealthy():
    assert feed(HealthWatch(3, startup=2), ".x" * 20)[0] is False


@given(st.text("x.", min_size=200, max_size=200), st.integers(0, 10), st.integers(0, 20))
def test_watching_always_ends(answers, seconds, grace):
    healthy, second = feed(HealthWatch(seconds, startup=grace), answers + "." * (seconds + 1))
    if healthy:
        assert set(answers[second - seconds : second + 1]) <= {"."}


async def test_watching_a_real_server(health_server):
    url, answers = health_server
    async with httpx2.AsyncClient(trust_env=False) as client:
        now = iter(range(100))
        answers += [200, 500, 200, 200, 200, 200]
        watched = await deploy_script.watch(url, 3, client, clock=lambda: next(now), pause=no_time)
        assert watched.healthy and answers == []
        answers += [200, 503, 503, 503]
        watched = await deploy_script.watch(
            url, 9, client, hide=("key=s3cret",), clock=lambda: next(now), pause=no_time
        )
        assert not watched.healthy and watched.detail == f"{url.replace('key=s3cret', '•••')} answers 503"


async def test_an_unreachable_address_is_unhealthy(health_server):
    async with httpx2.AsyncClient(trust_env=False) as client:
        now = iter(range(100))
        watched = await deploy_script.watch(
            "http://127.0.0.1:1/", 3, client, startup=2, clock=lambda: next(now), pause=no_time
        )
        assert not watched.healthy and "cannot be reached" in watched.detail


async def no_time(seconds):
    await asyncio.sleep(0)


@pytest.fixture
async def health_server():
    answers = []

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {answers.pop(0)} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health?key=s3cret", answers
