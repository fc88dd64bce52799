"""The `verify` tool's answer: verdicts and findings as text for the agent. Pure.

Excerpts come from the repository, so they are fenced: they cannot be read as Honk's own text.
"""

from collections.abc import Sequence

from honk.core.verdict import NOTHING_CHECKED, Failure, Finding, Verdict, blocked, green

SHOWN = 20
"""So many failures are named; the rest is counted."""


def report(verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...]) -> tuple[bool, str]:
    """Whether the change may be proposed, and the text: one line when it may, otherwise what to fix."""
    ok = green(verdicts) and not blocked(findings)
    parts = [_summary(ok, verdicts, findings)]
    if not ok:
        parts += [_red(verdict) for verdict in verdicts if verdict.blames]
        parts += [f"## {verdict.name}: not yours to fix\n{_state(verdict)}" for verdict in verdicts if _is_odd(verdict)]
        parts += [_finding(finding) for finding in findings if finding.severity == "block"]
        parts += [_finding(finding) for finding in findings if finding.severity == "flag"]
    return ok, "\n\n".join(parts)


def comparison(verdict: Verdict) -> list[str]:
    """How a verdict compares with the base, one sentence each: new failures first, then old ones, then fixed ones."""
    rows = [f"New: {_names(verdict.new)}."] if verdict.new and verdict.base_ok is not None else []
    if verdict.old:
        is_are = "failure is" if len(verdict.old) == 1 else "failures are"
        rows.append(f"{len(verdict.old)} {is_are} on the base as well: {_names(verdict.old)}.")
    elif verdict.state == "failed" and verdict.base_ok is False and not verdict.new:
        rows.append("It fails on the base as well.")
    if verdict.fixed:
        rows.append(f"This change fixes {_number(len(verdict.fixed), 'failure')} of the base.")
    return rows


def _is_odd(verdict: Verdict) -> bool:
    return not verdict.ok and not verdict.blames


def _summary(ok: bool, verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...]) -> str:
    if ok:
        flags = len(findings)
        noted = f" A person will be asked to look at {_number(flags, 'place')} in the diff." if flags else ""
        if not verdicts:
            return f"{NOTHING_CHECKED} Say so in your summary.{noted}"
        said = [f"{each.name}: {each.excerpt if each.ok else _state(each)}" for each in verdicts]
        word = "All green" if all(each.ok for each in verdicts) else "Nothing is blamed on your change"
        return f"{word} ({'; '.join(said)}).{noted}"
    red = [verdict.name for verdict in verdicts if verdict.state == "failed" and verdict.blames]
    unknown = [verdict.name for verdict in verdicts if verdict.state == "unknown"]
    stops = sum(finding.severity == "block" for finding in findings)
    reasons = [f"red: {', '.join(red)}"] if red else []
    reasons += [f"unknown: {', '.join(unknown)}"] if unknown else []
    reasons += [f"the guard blocks {_number(stops, 'place')} in the diff"] if stops else []
    return f"Not yet ({'; '.join(reasons)}). Fix this and call verify again."


def _red(verdict: Verdict) -> str:
    word = "red" if verdict.state == "failed" else "the result is unknown, which does not count as passed,"
    rows = "".join(f"{row}\n" for row in comparison(verdict))
    title = f"## {verdict.name}: {word} after {verdict.seconds:.1f} s\n`{verdict.command}`\n"
    return f"{title}{rows}{_fenced(verdict.excerpt)}"


def _state(verdict: Verdict) -> str:
    return " ".join([*([verdict.note] if verdict.note else []), *comparison(verdict)]).rstrip(".")


def _names(failures: Sequence[Failure]) -> str:
    more = f" and {len(failures) - SHOWN} more" if len(failures) > SHOWN else ""
    return ", ".join(_flat(failure.id) for failure in failures[:SHOWN]) + more


def _flat(text: str) -> str:
    """An id comes from the repository: one line of plain characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]


def _finding(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    word = "must be fixed" if finding.severity == "block" else "a person will be asked to look"
    return f"## guard: {finding.rule} ({word})\n{place}: {finding.reason}"


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
