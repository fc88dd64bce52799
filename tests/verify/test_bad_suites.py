"""Suites that misbehave, in the real sandbox: each leads to a clear verdict, and none of them is green."""

import resource

import pytest

from honk.core.job import Job, JobLimits, Run
from honk.core.mounted_tree import Plain
from honk.core.verdict import Verdict
from honk.verify.base import Verifier
from honk.verify.runner import run_all

UNITTEST = "python3 -m unittest discover -s tests"
GOOD = "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        BODY\n"
FAKE = 'print("." * 3 + "\\n" + "-" * 70 + "\\nRan 3 tests in 0.001s\\n\\nOK", flush=True)'
NODE_FAKE = "process.stdout.write('TAP version 13\\n1..5\\n# tests 5\\n# pass 5\\n# fail 0\\n', () => process.exit(0))"


async def verified(
    run: Run, job: Job, suite: str, command: str = UNITTEST, path: str = "tests/test_a.py", runs: str = ""
) -> Verdict:
    assert isinstance(job.tree, Plain)
    file = job.tree.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(suite)
    (verdict,) = await run_all(run, job, [Verifier("test", command, "Makefile", "test", runs)])
    assert not [left for left in job.home.iterdir() if "report" in left.name], "no report is left behind"
    return verdict


def body(text: str) -> str:
    return "import os, signal, subprocess, sys, time\n" + GOOD.replace("BODY", text)


async def test_a_good_suite_is_green_and_counted(run: Run, job: Job) -> None:
    verdict = await verified(run, job, body("self.assertNotIn('PYTHONPATH', os.environ)"))
    assert (verdict.state, verdict.tests) == ("passed", 1)


FAKES = {
    "a fake summary at import": (f"import os\n{FAKE}\nos._exit(0)", "left before its run ended"),
    "a fake summary in a test": (body(f"{FAKE}; os._exit(0)"), "left before its run ended"),
    "an end at import": ("import sys\nsys.exit(0)", "ran no test"),
    "a fork that ends in the parent": (body(f"os.fork() and ({FAKE}, os._exit(0))"), "left before its run ended"),
    "a program in its place": (body("os.execvp('echo', ['echo', 'Ran 3 tests in 0.1s\\\\n\\\\nOK'])"), "left before"),
    "a larger summary at the end": (
        f"import atexit\natexit.register(lambda: {FAKE})\n" + body("pass"),
        "The output speaks of 4 tests, but the runner's own report has 1",
    ),
}


@pytest.mark.parametrize("kind", sorted(FAKES))
async def test_a_printed_summary_is_no_proof(run: Run, job: Job, kind: str) -> None:
    suite, said = FAKES[kind]
    verdict = await verified(run, job, suite, "python3 -m unittest tests/test_a.py")
    assert verdict.state == "unknown" and said in verdict.note and verdict.note in verdict.excerpt, verdict
    if "own report has" not in said and kind != "an end at import":
        recipe = "\tpython3 -m unittest discover -s tests\n"
        made = await verified(run, job, f"test:\n{recipe}", "make test", "Makefile", recipe)
        assert made.state == "unknown", made


async def test_a_printed_summary_within_node_is_not_counted(run: Run, job: Job) -> None:
    verdict = await verified(run, job, NODE_FAKE, "node --test", "test/a.test.js")
    assert (verdict.state, verdict.tests) == ("passed", 1), "node counts a file that ends well as one test"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("malformed", 'x.write(b\'{"event": "begins"}\\n<xml\')'),
        ("not an object", "x.write(b'[1, 2]\\n')"),
        ("huge", "x.truncate(100_000_000)"),
    ],
)
async def test_a_bad_report_is_no_proof(run: Run, job: Job, kind: str, text: str) -> None:
    find = "name = next(n for n in os.listdir(os.environ['HOME']) if n.startswith('.honk-report') and '.d' not in n)"
    suite = f"{body('pass')}        {find}\n        with open(os.path.expanduser('~/' + name), 'ab') as x: {text}\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verdict = await verified(run, job, suite)
    assert verdict.state == "unknown" and "The test runner's report" in verdict.note, verdict
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000, "kB: a huge report is not read"


async def test_the_report_of_another_run_is_not_read(run: Run, job: Job) -> None:
    """A build tool that leaves its report where an older one lies."""
    old = '<testsuite tests="2"><testcase name="a" classname="A"/><testcase name="b" classname="A"/></testsuite>'
    assert isinstance(job.tree, Plain)
    report = job.tree.path / "target/surefire-reports/TEST-A.xml"
    report.parent.mkdir(parents=True)
    report.write_text(f'<?xml version="1.0"?>\n{old}')
    command = "sh ./mvnw -q -B -o -fae test"
    verdict = await verified(run, job, "exit 0\n", command, "mvnw")
    assert verdict.state == "unknown" and "left no report of a test" in verdict.note
    write = f"cat > target/surefire-reports/TEST-A.xml <<'END'\n<?xml version='1.0'?>\n{old}\nEND\n"
    verdict = await verified(run, job, write, command, "mvnw")
    assert (verdict.state, verdict.tests) == ("passed", 2)
    failed = write.replace('"b" classname="A"/>', '"b" classname="A"><failure message="boom"/></testcase>')
    verdict = await verified(run, job, failed, command, "mvnw")
    assert verdict.state == "unknown" and "its report names 1 failure" in verdict.note


@pytest.mark.parametrize(
    "command",
    [
        "python3 -c 'import os; os.abort()'; echo 'all 12 checks are fine'",
        "sh -c 'kill -SEGV $$'; echo done",
        "echo 'Fatal Python error: Segmentation fault'; true",
    ],
)
async def test_a_crash_before_a_good_status_is_not_green(run: Run, job: Job, command: str) -> None:
    verdict = await verified(run, job, "", command)
    assert verdict.state == "unknown" and "a program crashed" in verdict.note, verdict


async def test_a_crash_after_the_summary_is_not_green(run: Run, job: Job) -> None:
    suite = "import atexit, os\natexit.register(os.abort)\n" + body("pass")
    verdict = await verified(run, job, suite)
    assert verdict.state == "unknown" and "killed by signal 6" in verdict.note, verdict


async def test_a_suite_that_hangs_is_stopped_with_all_its_processes(run: Run, job: Job) -> None:
    short = Job(job.argv, job.tree, job.home, limits=JobLimits(seconds=3, memory_mb=512))
    suite = body("subprocess.Popen(['sleep', '300'], start_new_session=True); signal.pause()")
    verdict = await verified(run, short, suite)
    assert verdict.state == "unknown" and verdict.excerpt.startswith("Stopped after 3 s, the time limit")
    assert verdict.seconds < 10


async def test_children_that_stay_do_not_keep_the_run(run: Run, job: Job) -> None:
    suite = body("[subprocess.Popen(['sleep', '300'], start_new_session=True) for each in range(20)]")
    verdict = await verified(run, job, suite)
    assert (verdict.state, verdict.tests) == ("passed", 1) and verdict.seconds < 15


async def test_a_suite_that_wants_a_terminal_fails_at_once(run: Run, job: Job) -> None:
    for text in ("input('name? ')", "open('/dev/tty').read()"):
        verdict = await verified(run, job, body(text))
        assert verdict.state == "failed" and verdict.seconds < 15
        assert "EOFError" in verdict.excerpt or "/dev/tty" in verdict.excerpt


@pytest.mark.parametrize("text", ["os.kill(os.getppid(), 9)", "os.killpg(0, 9)", "os.kill(-1, 9)"])
async def test_a_suite_that_kills_what_runs_it_is_not_green(run: Run, job: Job, text: str) -> None:
    suite = body(f"{FAKE}; {text}; time.sleep(1)")
    for command in (UNITTEST, f"({UNITTEST}) || true"):
        verdict = await verified(run, job, suite, command)
        assert verdict.state != "passed", verdict


@pytest.mark.long
async def test_a_gigabyte_of_output_is_bounded_and_said(run: Run, job: Job) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verdict = await verified(run, job, body("[os.write(1, b'x' * 1_000_000) for each in range(1000)]"))
    assert verdict.state == "unknown" and "printed many times the 8 MB" in verdict.excerpt, verdict
    assert len(verdict.excerpt) < 10_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kB of memory"
