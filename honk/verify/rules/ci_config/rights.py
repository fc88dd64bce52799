"""Workflows that get more rights than before."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.ci_config.triggers import event_names
from honk.verify.rules.rule_input import finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.syntax.settings import Settings

RIGHTS = "ci-rights"


_PIPED = re.compile(r"\b(?:curl|wget)\b[^|;&\n]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:ba|z|da)?sh\b")
_PRINTED = (
    r"\b(?:echo|printf)\b[^|>\n]*(?:\$\{{?{0}\b|%{0}%)[^|>\n]*"
    r"(?:\|\s*(?:base64|xxd|od|rev|hexdump|sed|tr|cut)\b[^|>\n]*)*$"
)
_SECRET = re.compile(r"\$\{\{\s*secrets\.")


def steps_untrusted(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """New steps that print a secret, or run a program that they load without a check."""
    for key, now in new.items():
        if key.rsplit(".", 1)[-1] not in ("run", "script") or now in old.values():
            continue
        for said in str(now).splitlines() if not isinstance(now, tuple) else map(str, now):
            if any(said.strip() in str(was) for was in old.values()):
                continue
            place = key.rsplit(".", 1)[0]
            names = [
                other.rsplit(".", 1)[-1]
                for other, value in new.items()
                if ".env." in other and place.startswith(other.split(".env.")[0]) and _SECRET.search(str(value))
            ]
            if any(re.search(_PRINTED.format(re.escape(name)), said) for name in names) or re.search(
                r"\b(?:echo|printf)\b[^|>\n]*\$\{\{\s*secrets\.[^|>\n]*$", said
            ):
                reason = "This step prints a secret into the log of CI, in a form that it does not hide. Remove it."
                yield finding(RIGHTS, file.change.path, line_of(file, key, now), "flag", reason)
            elif _PIPED.search(said):
                reason = (
                    "CI now runs a script as it is loaded from the network, whose owner decides what runs. Install a"
                    " pinned version with its checksum, or a person confirms it."
                )
                yield finding(RIGHTS, file.change.path, line_of(file, key, now), "flag", reason)


def rights_widened(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Workflows that get more rights: with secrets over untrusted code, or writing to everything."""
    if "pull_request_target" in event_names(new) - event_names(old):
        reason = (
            "This workflow now runs with the repository's secrets for changes of strangers "
            "(pull_request_target). A person must confirm that."
        )
        yield finding(RIGHTS, file.change.path, line_of(file, "pull_request_target", None), "flag", reason)
    for key, now in new.items():
        if key.endswith("permissions") and now == "write-all" and old.get(key) != now:
            reason = (
                "This workflow may now write everything in the repository. Name the permissions that it "
                "needs, or a person confirms it."
            )
            yield finding(RIGHTS, file.change.path, line_of(file, key, now), "flag", reason)
