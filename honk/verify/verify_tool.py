"""The `verify` tool's answer: verdicts and findings as text for the agent. Pure.

Excerpts come from the repository, so they are fenced: they cannot be read as Honk's own text.
"""

from honk.core.verdict import NOTHING_CHECKED, Finding, Verdict, blocked, comparison, green


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
    title = f"## {verdict.name}: {word} after {verdict.seconds:.1f} s\n`{verdict.command}`\n"
    return f"{title}{_fenced(verdict.excerpt)}"


def _state(verdict: Verdict) -> str:
    return " ".join([*([verdict.note] if verdict.note else []), *comparison(verdict)]).rstrip(".")


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
