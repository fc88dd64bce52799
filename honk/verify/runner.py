"""Runs set-up commands and verifiers one after another, in a sandbox that the caller provides.

PATH begins with `.venv/bin` and `node_modules/.bin` of the workspace. Caches of tools go to the sandbox's home, so that
they are kept and are no part of a change; what set-up downloads for build tools goes to `.honk/` in the workspace, so
that it is part of the snapshot.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from honk.core.job import Job, Result, Run
from honk.core.verdict import SetupRun, Verdict
from honk.verify import flaky, outcome
from honk.verify.base import KINDS, Verifier
from honk.verify.environment import causes, toolchains
from honk.verify.outcome import judge
from honk.verify.reports import requested
from honk.verify.reports.report import Report
from honk.verify.reports.requested import ReportRequest

Tell = Callable[[Verdict], None]
Rewritten = Callable[[], Awaitable[tuple[str, ...]]]

_SHELL = """\
export HONK_TOOLS="$PWD/.honk/tools" \
PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PWD/.honk/tools/node_modules/.bin:$PATH" CI=true NO_COLOR=1 \
PYTHONUNBUFFERED=1 PYTHONPYCACHEPREFIX="$HOME/.cache/python" \
PYTEST_ADDOPTS="-o cache_dir=$HOME/.cache/pytest" \
MYPY_CACHE_DIR="$HOME/.cache/mypy" RUFF_CACHE_DIR="$HOME/.cache/ruff" XDG_CACHE_HOME="$HOME/.cache" \
GOMODCACHE="$PWD/.honk/go" CARGO_HOME="$PWD/.honk/cargo" GRADLE_USER_HOME="$PWD/.honk/gradle" \
BUNDLE_PATH="$PWD/.honk/bundle" \
MAVEN_ARGS="-Dmaven.repo.local=$PWD/.honk/maven" PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
eval "$2"
exec sh -c "$1" </dev/null
"""

_CERTIFICATES = """\
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  test -r "$bundle" && export SSL_CERT_FILE="$bundle" PIP_CERT="$bundle" REQUESTS_CA_BUNDLE="$bundle" \
    CURL_CA_BUNDLE="$bundle" NODE_EXTRA_CA_CERTS="$bundle" CARGO_HTTP_CAINFO="$bundle" GIT_SSL_CAINFO="$bundle" && break
done
"""
"""Set-up trusts the certificates that the machine trusts: many package clients bring a list of their own."""

MAX_KEPT = 500
"""At most so many failures are kept of one verdict."""

MAX_RERUNS = 5


async def nothing_rewritten() -> tuple[str, ...]:
    """Where nobody looks for files that a check rewrites."""
    return ()


async def run_all(
    run: Run,
    job: Job,
    verifiers: Iterable[Verifier],
    *,
    reruns: int = 0,
    tell: Tell = lambda verdict: None,
    rewritten: Rewritten = nothing_rewritten,
) -> tuple[Verdict, ...]:
    """Run every verifier to its end, cheapest kind first, and call `tell` with each verdict.

    `job` is the template: tree, home, sockets, environment and limits (each verifier has all of its `seconds`); its
    argv is ignored. Failed tests are run again, at most `reruns` times: what then passes is flaky. `rewritten` gives
    the files under check that were rewritten since its last call. Raises what `run` raises (Unavailable) when there is
    no sandbox.
    """
    verdicts: list[Verdict] = []
    await rewritten()
    for verifier in sorted(verifiers, key=lambda each: KINDS.index(each.kind)):
        verdict = await _run(run, job, verifier)
        for _ in range(min(reruns, MAX_RERUNS) if verifier.kind == "test" else 0):
            if verdict.state != "failed":
                break
            verdict = flaky.again(verdict, await _run(run, job, verifier))
        verdict = outcome.rewrote(verdict, await rewritten())
        verdicts.append(verdict)
        tell(verdict)
    return tuple(verdicts)


async def _run(run: Run, job: Job, verifier: Verifier) -> Verdict:
    asked = requested.find(verifier, secrets.token_hex(8))
    result, written = await _reported(run, job, asked) if asked else (await run(shell(job, verifier.command)), None)
    certain = asked is not None and asked.certain
    found = await asyncio.to_thread(judge, result, job.limits, verifier, written, certain)
    return Verdict(
        name=verifier.name,
        ok=found.state == "passed",
        seconds=result.seconds,
        command=verifier.command,
        source=verifier.source,
        excerpt=found.text,
        state=found.state,
        kind=verifier.kind,
        note=_note(found, result, verifier),
        tests=found.report.tests,
        failures=found.report.failures[:MAX_KEPT],
        all_listed=found.report.all_listed and len(found.report.failures) <= MAX_KEPT,
    )


def _note(found: outcome.Outcome, result: Result, verifier: Verifier) -> str:
    """The outcome's note, with what the run lacked where it failed for want of it."""
    if found.state == "passed":
        return found.note
    lacked = toolchains.remedy(result.output, verifier.command) if result.exit == 127 else ""
    return f"{found.note} {lacked or causes.cause(result.output)}".strip()


async def _reported(run: Run, job: Job, asked: ReportRequest) -> tuple[Result, Report | str | None]:
    """The run, and the report that it wrote, as `ReportRequest.read` gives it."""
    try:
        await asyncio.to_thread(asked.place, job.home)
        result = await run(shell(job, asked.command, asked.prepare))
        if asked.collect and not result.stopped:
            await run(shell(job, asked.collect))
        written, printed = await asyncio.to_thread(asked.read, job.home)
        return replace(result, output=printed + result.output), written
    finally:
        await asyncio.to_thread(asked.remove, job.home)


async def set_up(run: Run, job: Job, commands: Iterable[str]) -> tuple[SetupRun, ...]:
    """Run set-up commands in order up to the first that fails, which is the last one of the result.

    `job` is a template as for `run_all`.
    """
    runs: list[SetupRun] = []
    for command in commands:
        result = await run(shell(job, f"{_CERTIFICATES}{command}"))
        text = outcome.problem(result, job.limits)
        if result.exit == 127:
            text = f"{toolchains.remedy(result.output, command)}\n{text}".strip()
        runs.append(SetupRun(command, not text, result.seconds, text))
        if text:
            break
    return tuple(runs)


def shell(job: Job, command: str, prepare: str = "") -> Job:
    """The job that runs the shell command `command` with the project's own programs on PATH, after `prepare`."""
    return replace(job, argv=("sh", "-c", _SHELL, "sh", command, prepare))
