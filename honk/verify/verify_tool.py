"""The `verify` tool's answer: verdicts and findings as text for the agent. Pure.

Excerpts come from the repository, so they are fenced: they cannot be read as Honk's own text.
"""

from honk.core.verdict import Finding, Verdict, blocked, green

NOT_YOURS = "failed before your change, so it is not yours to fix"


def report(verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...]) -> tuple[bool, str]:
    """Whether the change may be proposed, and the text: one line when it may, otherwise what to fix."""
    ok = green(verdicts) and not blocked(findings)
    parts = [_summary(ok, verdicts, findings)]
    parts += [_red(verdict) for verdict in verdicts if verdict.blames]
    if not ok:
        parts += [_excused(verdict) for verdict in verdicts if not verdict.ok and not verdict.blames]
        parts += [_finding(finding) for finding in findings if finding.severity == "block"]
    parts += [_finding(finding) for finding in findings if finding.severity == "flag" and not ok]
    return ok, "\n\n".join(parts)


def _summary(ok: bool, verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...]) -> str:
    if ok:
        if not verdicts:
            return "Nothing was checked: Honk found no checks in this project."
        said = [f"{each.name}: {each.excerpt if each.ok else NOT_YOURS}" for each in verdicts]
        flags = len(findings)
        noted = f" A person will be asked to look at {_number(flags, 'place')} in the diff." if flags else ""
        return f"All green ({'; '.join(said)}).{noted}"
    red = [verdict.name for verdict in verdicts if verdict.blames]
    stops = sum(finding.severity == "block" for finding in findings)
    reasons = [f"red: {', '.join(red)}"] if red else []
    reasons += [f"the guard blocks {_number(stops, 'place')} in the diff"] if stops else []
    return f"Not yet ({'; '.join(reasons)}). Fix this and call verify again."


def _red(verdict: Verdict) -> str:
    return f"## {verdict.name}: red after {verdict.seconds:.1f} s\n`{verdict.command}`\n{_fenced(verdict.excerpt)}"


def _excused(verdict: Verdict) -> str:
    return f"## {verdict.name}: {NOT_YOURS}\n`{verdict.command}`"


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
