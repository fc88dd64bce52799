"""Results of the verifiers, findings of the guard and answers of the judge."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "flag"]
"""`block` stops the change; `flag` lets it through to a person, who must look at it."""

State = Literal["passed", "failed", "unknown", "flaky"]
"""`unknown`: the verifier did not get so far as to judge the files (not found, killed, ran no test, unreadable report).
`flaky`: it failed and passed when it was run again on the same files."""

NOTHING_CHECKED = "Nothing was checked: no verifier was found in this repository."

Kind = Literal["format", "lint", "build", "test"]

KINDS: tuple[Kind, ...] = ("format", "lint", "build", "test")
"""The order in which verifiers run: the cheapest first."""

MAX_NAMED = 20
"""So many failures are named in a sentence; the rest is counted."""


Scope = Literal["in scope", "out of scope", "incomplete", "unknown"]
"""Whether the change does what was asked: all of it and nothing else, something else as well, not all of it. `unknown`:
the judge gave no answer that could be read."""

SCOPES: tuple[Scope, ...] = ("in scope", "out of scope", "incomplete", "unknown")


@dataclass(frozen=True)
class Failure:
    """One failed test or one finding of a checker.

    `id` is the same on every run and on other commits: it holds no line number, time or temporary path. `text` is what
    the runner said of it, in one line; it may be empty.
    """

    id: str
    text: str = ""


@dataclass(frozen=True)
class Verdict:
    """One verifier's result. `name` is format, lint, build or test, or the name of the Make/just target.

    `source` says where the command came from (`honk.toml`, `package.json`, …). `excerpt` holds the relevant lines of a
    failure, one short line for a success. `kind` is format, lint, build or test. `note` is one sentence for people on
    why the result is unknown or flaky, or how it compares with the base.

    `tests` is the number of tests that ran, None where the runner does not say. `all_listed` says that `failures` holds
    every failure: the output tells them apart, and the run was not cut short.

    `base_ok` is the same verifier's result on the base commit, None when it was not run there or its result there is
    unknown. When it was, `new` holds the failures of the change, `old` those that the base has as well, and `fixed`
    those that only the base has.

    `ok` is true exactly for the state `passed`. A log of an older version has no `state`: it follows from `ok`.
    """

    name: str
    ok: bool
    seconds: float
    command: str
    source: str
    excerpt: str = ""
    base_ok: bool | None = None
    state: State | None = None
    kind: str = ""
    note: str = ""
    tests: int | None = None
    failures: tuple[Failure, ...] = ()
    all_listed: bool = False
    new: tuple[Failure, ...] = ()
    old: tuple[Failure, ...] = ()
    fixed: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        state = self.state or ("passed" if self.ok else "failed")
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "ok", state == "passed")

    @property
    def blames(self) -> bool:
        """Whether it stops the change: the change has new failures, or the result is unknown.

        A failure that the base has as well is not blamed on the change; an unknown result is never excused.
        """
        if self.state == "failed":
            return bool(self.new) or self.base_ok is not False
        return self.state == "unknown"


@dataclass(frozen=True)
class SetupRun:
    """One set-up command that was run before the verifiers."""

    command: str
    ok: bool
    seconds: float
    excerpt: str = ""


BASE_TESTS = "base-tests"
"""The rule of findings about what tests of the base expect: a change of it may be wanted."""


@dataclass(frozen=True)
class Finding:
    """What a guard rule found in the diff. `line` is in the new file, 0 where there is none (a deleted file)."""

    rule: str
    path: str
    line: int
    severity: Severity
    reason: str


@dataclass(frozen=True)
class Judgement:
    """`reasons` are sentences of the model: untrusted text."""

    scope: Scope
    reasons: tuple[str, ...] = ()
    model: str = ""

    @property
    def objects(self) -> bool:
        """The judge has something against the change. No answer is neither an objection nor an approval."""
        return self.scope in ("out of scope", "incomplete")


@dataclass(frozen=True)
class JudgedTurn:
    """The last judgement of one turn."""

    turn: int
    judgement: Judgement


def green(verdicts: tuple[Verdict, ...]) -> bool:
    """Whether no verifier stops the change. True also where nothing was checked: see `checked`."""
    return not any(verdict.blames for verdict in verdicts)


def checked(verdicts: tuple[Verdict, ...]) -> bool:
    """Whether at least one verifier judged the files."""
    return any(verdict.state != "unknown" for verdict in verdicts)


def passed(verdicts: tuple[Verdict, ...], kind: str) -> bool:
    """Whether there is a verifier of this kind and every one of them passed. Unknown and flaky are no pass."""
    of_kind = [verdict for verdict in verdicts if (verdict.kind or verdict.name) == kind]
    return bool(of_kind) and all(verdict.ok for verdict in of_kind)


def comparison(verdict: Verdict) -> tuple[str, ...]:
    """How a verdict compares with the base, a sentence each: new failures first, then old ones, then fixed ones."""
    rows = [f"New: {_names(verdict.new)}."] if verdict.new and verdict.base_ok is False else []
    if verdict.old:
        number = len(verdict.old)
        rows.append(f"{_failures(number)} {'is' if number == 1 else 'are'} on the base as well: {_names(verdict.old)}.")
    elif verdict.state == "failed" and not verdict.blames:
        rows.append("It fails on the base as well.")
    if verdict.fixed:
        rows.append(f"This change fixes {_failures(len(verdict.fixed))} of the base.")
    return tuple(rows)


def _failures(number: int) -> str:
    return "1 failure" if number == 1 else f"{number} failures"


def _names(failures: tuple[Failure, ...]) -> str:
    """Their ids, which come from the repository, on one line of plain characters."""
    ids = ("".join(char if char.isprintable() else " " for char in failure.id)[:200] for failure in failures)
    more = f" and {len(failures) - MAX_NAMED} more" if len(failures) > MAX_NAMED else ""
    return ", ".join([*ids][:MAX_NAMED]) + more


def blocked(findings: tuple[Finding, ...]) -> bool:
    """Whether at least one finding blocks the change."""
    return any(finding.severity == "block" for finding in findings)
