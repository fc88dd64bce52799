"""The answer of the `verify` tool: verdicts and findings as text for the agent. Pure.

Excerpts and paths come from the repository: they are fenced, so that nothing in them reads as ours.
"""

from honk.core.verdict import Finding, Verdict, blocked, green

NOT_YOURS = "was red before you started, not yours"


def report(verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...]) -> tuple[bool, str]:
    """Whether the change may be proposed, and the text: one line when it may, otherwise what to do about each part."""
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
            return "Nothing to verify: this project has no checks that Honk knows of."
        said = [f"{each.name}: {each.excerpt if each.ok else NOT_YOURS}" for each in verdicts]
        flags = len(findings)
        noted = f" A person will be asked to look at {_number(flags, 'thing')} in the diff." if flags else ""
        return f"All green ({'; '.join(said)}).{noted}"
    red = [verdict.name for verdict in verdicts if verdict.blames]
    stops = sum(finding.severity == "block" for finding in findings)
    reasons = [f"red: {', '.join(red)}"] if red else []
    reasons += [f"the guard objects to {_number(stops, 'thing')} in the diff"] if stops else []
    return f"Not yet ({'; '.join(reasons)}). Put this right and call verify again."


def _red(verdict: Verdict) -> str:
    return f"## {verdict.name}: red after {verdict.seconds:.1f} s\n`{verdict.command}`\n{_fenced(verdict.excerpt)}"


def _excused(verdict: Verdict) -> str:
    return f"## {verdict.name}: {NOT_YOURS}\n`{verdict.command}`"


def _finding(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    word = "must be put right" if finding.severity == "block" else "a person will be asked about it"
    return f"## guard: {finding.rule} ({word})\n{place}: {finding.reason}"


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
