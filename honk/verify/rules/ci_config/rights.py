"""Workflows that get more rights than before."""

from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.ci_config.triggers import event_names
from honk.verify.rules.rule_input import finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.syntax.settings import Settings

RIGHTS = "ci-rights"


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
