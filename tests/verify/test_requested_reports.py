"""Which report each runner is asked for, and what the written ones say."""

import json
from pathlib import Path

import pytest

from honk.core.job import JobLimits, Result
from honk.verify.base import Verifier
from honk.verify.outcome import judge
from honk.verify.reports import go_tests, json_reports, requested
from honk.verify.reports.report import Report, UnreadableReport

SCRIPTS = [
    ("jest --ci", "npm test --silent -- --json --outputFile=$HOME/.honk-report-x"),
    ("vitest run", "--reporter=default --reporter=json --outputFile.json=$HOME/.honk-report-x"),
]
COMMANDS = [
    ("ctest --test-dir build", "ctest --test-dir build --output-junit $HOME/.honk-report-x"),
    ("vendor/bin/phpunit", "vendor/bin/phpunit --log-junit $HOME/.honk-report-x"),
    ("go test ./...", "go test -json ./... > $HOME/.honk-report-x"),
    ('cd api && PATH="$PWD/.venv/bin:$PATH" && go test ./...', "&& go test -json ./... >"),
]
PREPARED = [
    ("python3 -m pytest -q", "--junitxml=$HOME/.honk-report-x"),
    ("bundle exec rspec", "--format json --out $HOME/.honk-report-x"),
    ("node --test", "--test-reporter-destination=$HOME/.honk-report-x"),
    ("python3 -m unittest", 'PYTHONPATH="$HOME/.honk-report-x.d'),
    ("sh ./mvnw -q -B -o -fae test", "touch $HOME/.honk-report-x.since"),
]


def test_each_runner_is_asked_in_its_own_way() -> None:
    for script, wanted in SCRIPTS:
        asked = requested.find(Verifier("test", "npm test --silent", "package.json", "test", script), "x")
        assert asked and asked.certain and wanted in asked.command
    for command, wanted in COMMANDS:
        asked = requested.find(Verifier("test", command, "honk.toml", "test"), "x")
        assert asked and asked.certain and wanted in asked.command
    for command, wanted in PREPARED:
        asked = requested.find(Verifier("test", command, "honk.toml", "test"), "x")
        assert asked and asked.certain and asked.command == command and wanted in asked.prepare


@pytest.mark.parametrize(
    ("command", "runs", "source"),
    [
        ("npm test --silent", "jest && eslint .", "package.json"),
        ("make test", "\tgo test ./...\n", "Makefile"),
        ("go test ./... | tee log", "", "honk.toml"),
        ("NODE_OPTIONS=--trace-warnings node --test", "", "honk.toml"),
        ("node --test --test-reporter=dot", "", "honk.toml"),
        ("./run-all", "", "honk.toml"),
    ],
)
def test_a_command_that_would_change_its_meaning_is_left_alone(command: str, runs: str, source: str) -> None:
    assert requested.find(Verifier("test", command, source, "test", runs), "x") is None


JEST = {
    "testResults": [
        {
            "name": "/workspace/a.test.js",
            "status": "failed",
            "assertionResults": [
                {"ancestorTitles": ["sum"], "title": "adds", "status": "failed", "failureMessages": ["Error: 1\nat x"]},
                {"ancestorTitles": [], "title": "b", "status": "passed"},
                {"ancestorTitles": [], "title": "c", "status": "pending"},
            ],
        },
        {"name": "/workspace/b.test.js", "status": "failed", "message": "no module", "assertionResults": []},
    ]
}
RSPEC = {
    "examples": [
        {"full_description": "a b", "status": "failed", "file_path": "./s.rb", "exception": {"message": "\nexpected"}},
        {"full_description": "c", "status": "pending", "file_path": "./s.rb"},
    ],
    "summary": {"errors_outside_of_examples_count": 1},
}
GO = [
    {"Action": "output", "Package": "p", "Test": "TestA", "Output": "=== RUN   TestA\n"},
    {"Action": "output", "Package": "p", "Test": "TestA", "Output": "    a_test.go:4: got 1\n"},
    {"Action": "output", "Package": "p", "Test": "TestA", "Output": "--- FAIL: TestA (0.00s)\n"},
    {"Action": "fail", "Package": "p", "Test": "TestA"},
    {"Action": "output", "Package": "p", "Test": "TestB", "Output": "--- PASS: TestB (0.00s)\n"},
    {"Action": "pass", "Package": "p", "Test": "TestB"},
    {"Action": "output", "Package": "p", "Output": "FAIL\tp\t0.1s\n"},
]


def test_written_reports_are_read_failure_by_failure() -> None:
    jest = json_reports.jest(json.dumps(JEST).encode())
    assert (jest.tests, jest.failed, jest.skipped) == (2, 2, 1)
    assert [(each.id, each.text) for each in jest.failures] == [
        ("a.test.js › sum › adds", "Error: 1"),
        ("b.test.js › Test suite failed to run", "no module"),
    ]
    rspec = json_reports.rspec(json.dumps(RSPEC).encode())
    assert (rspec.tests, rspec.failed, rspec.failures[0].id) == (1, 2, "s.rb a b")
    events = "\n".join(map(json.dumps, GO)).encode()
    assert go_tests.read_events(events).failures[0].id == "p.TestA"
    assert go_tests.printed(events) == "--- FAIL: TestA (0.00s)\n    a_test.go:4: got 1\nFAIL\tp\t0.1s\n"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"testResults": 3}', b"[" * 100_000])
def test_a_report_of_another_form_is_never_a_pass(content: bytes) -> None:
    for read in (json_reports.jest, json_reports.rspec):
        try:
            assert read(content).tests == 0
        except UnreadableReport:
            continue


def outcome(output: str, written: Report | str, status: int = 0, command: str = "pytest -q") -> tuple[str, str]:
    found = judge(Result(status, output, 1.0), JobLimits(), Verifier("test", command, "", "test"), written, True)
    return found.state, found.note


def test_the_report_settles_what_the_output_says() -> None:
    assert outcome("3 passed in 0.1s", Report(3, 0))[0] == "passed"
    assert outcome("3 passed, 2 skipped in 0.1s", Report(3, 0, skipped=2))[0] == "passed"
    assert outcome("", Report(3, 0))[0] == "passed", "pytest -qq prints no total"
    assert outcome("3 passed in 0.1s", "The test runner did not write its report.")[0] == "unknown"
    assert outcome("9 passed in 0.1s", Report(3, 0))[0] == "unknown"
    assert outcome("3 passed in 0.1s", Report(0, 0)) == (
        "unknown",
        "The command ran no test; the result is unknown, not passed.",
    )


def test_nothing_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    (tmp_path / ".honk-report-x").symlink_to(tmp_path / "secret")
    asked = requested.find(Verifier("test", "jest", "", "test"), "x")
    assert asked and asked.read(tmp_path) == ("The test runner did not write its report.", "")
    asked.remove(tmp_path)
    assert (tmp_path / "secret").exists() and not (tmp_path / ".honk-report-x").is_symlink()
