"""Runs set-up commands and verifiers one after another, in a sandbox that the caller provides.

PATH begins with `.venv/bin` and `node_modules/.bin` of the workspace. Caches of tools go to the sandbox's home, so that
they are kept and are no part of a change; what set-up downloads for build tools goes to `.honk/` in the workspace, so
that it is part of the snapshot.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from honk.core.job import Job, Result, Run
from honk.core.verdict import SetupRun, Verdict
from honk.verify import excerpt
from honk.verify.base import KINDS, Verifier

Tell = Callable[[Verdict], None]

_SHELL = """\
export PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH" CI=true NO_COLOR=1 PYTHONUNBUFFERED=1 \
PYTHONPYCACHEPREFIX="$HOME/.cache/python" PYTEST_ADDOPTS="-o cache_dir=$HOME/.cache/pytest" \
MYPY_CACHE_DIR="$HOME/.cache/mypy" RUFF_CACHE_DIR="$HOME/.cache/ruff" XDG_CACHE_HOME="$HOME/.cache" \
GOMODCACHE="$PWD/.honk/go" CARGO_HOME="$PWD/.honk/cargo" GRADLE_USER_HOME="$PWD/.honk/gradle" \
MAVEN_ARGS="-Dmaven.repo.local=$PWD/.honk/maven" PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
exec sh -c "$1"
"""

_LIMITS = {
    "time": "Stopped after {seconds:g} s, the time limit; the result is unknown.",
    "memory": "Stopped at {memory_mb} MB, the memory limit; the result is unknown.",
    "processes": "Stopped at {processes} processes, the limit; the result is unknown.",
    "output": "Stopped after {output_bytes} bytes of output, the limit; the result is unknown.",
    "disk": "Stopped at {disk_mb} MB on disk, the limit; the result is unknown.",
    "cancelled": "Stopped before it ended; the result is unknown.",
}
_STATUS = {
    126: "The command exists but cannot be executed (status 126).",
    127: "The command was not found (status 127): set-up does not install a program that it needs.",
    137: "The command was killed (status 137), most likely because memory ran out.",
}
_NO_TEST = "The command succeeded but ran no test; the result is unknown, not passed."


async def run_all(
    run: Run,
    job: Job,
    verifiers: Iterable[Verifier],
    *,
    baseline: tuple[Verdict, ...] = (),
    tell: Tell = lambda verdict: None,
) -> tuple[Verdict, ...]:
    """Run every verifier to its end, cheapest kind first, and call `tell` with each verdict.

    `job` is the template: tree, home, sockets, environment and limits (each verifier has all of its `seconds`); its
    argv is ignored. `baseline` holds the verdicts of the same verifiers on the base commit. A verifier that was
    stopped, or whose result is unknown, is red. Raises what `run` raises (Unavailable) when there is no sandbox.
    """
    verdicts: list[Verdict] = []
    for verifier in sorted(verifiers, key=lambda each: KINDS.index(each.kind)):
        result = await run(shell(job, verifier.command))
        base_ok = _before(verifier, baseline)
        text = problem(result, job, verifier.kind == "test")
        verdict = Verdict(
            name=verifier.name,
            ok=not text,
            seconds=result.seconds,
            command=verifier.command,
            source=verifier.source,
            excerpt=text or excerpt.success(result.output, result.seconds),
            base_ok=base_ok,
        )
        verdicts.append(verdict)
        tell(verdict)
    return tuple(verdicts)


async def set_up(run: Run, job: Job, commands: Iterable[str]) -> tuple[SetupRun, ...]:
    """Run set-up commands in order up to the first that fails, which is the last one of the result.

    `job` is a template as for `run_all`.
    """
    runs: list[SetupRun] = []
    for command in commands:
        result = await run(shell(job, command))
        text = problem(result, job)
        runs.append(SetupRun(command, not text, result.seconds, text))
        if text:
            break
    return tuple(runs)


def shell(job: Job, command: str) -> Job:
    """The job that runs the shell command `command` with the project's own programs on PATH."""
    return replace(job, argv=("sh", "-c", _SHELL, "sh", command))


def problem(result: Result, job: Job, is_test: bool = False) -> str:
    """Why the command failed: a sentence where Honk knows the reason, and the relevant lines of its output.

    Empty only for a command that exited with status 0 and, for a test, did not report that it ran no test.
    """
    if result.stopped:
        sentence = _LIMITS[result.stopped].format(**vars(job.limits))
    elif result.exit:
        sentence = _STATUS.get(result.exit, "")
    elif is_test and excerpt.tests_run(result.output) == 0:
        sentence = _NO_TEST
    else:
        return ""
    lines = excerpt.failure(result.output)
    if not sentence and not lines:
        sentence = f"The command printed nothing and exited with status {result.exit}."
    return "\n".join(part for part in (sentence, lines) if part)


def _before(verifier: Verifier, baseline: tuple[Verdict, ...]) -> bool | None:
    same = (verdict for verdict in baseline if (verdict.name, verdict.command) == (verifier.name, verifier.command))
    return next((verdict.ok for verdict in same), None)
