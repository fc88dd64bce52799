"""Changes of what trusted commands run, as the base has it: the files, targets and scripts behind `[deploy]`,
`[preview]`, set-up, verifiers and CI."""

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from functools import cached_property

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.honk_toml import FILENAME
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.syntax import commands
from honk.verify.syntax.diff_hunks import paths
from honk.verify.trusted_commands import imports, reached_files, workflows
from honk.verify.trusted_commands.build_files import entry_content, entry_lines
from honk.verify.trusted_commands.reached_files import Origin, Reached, ReachedFiles

RULE = "trusted-script-changed"

_HARMLESS = re.compile(
    r"^[@+-]*\s*(?:echo|printf|set -[euxo]|mkdir|cd|test|\[|fi|then|else|done|do|esac|if|export \w+=[\w./:$-]*$)"
)
_OFF = re.compile(r"(?m)^\s*exit 0|\bset \+e|\|\| true")
_MAY_RUN = re.compile(r"\.(?:sh|bash|mk)$|(?:^|/)(?:Makefile|justfile)$")


def trusted_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """One finding for each changed file that a trusted command runs, with the way by which it is reached. An edit of
    what verifiers and CI run is none where it only checks more."""
    if not rule_input.diff.files:
        return
    changes = _TrustedChanges(rule_input, reached_files.origins(rule_input.config, rule_input.verifiers))
    for file in rule_input.diff.files:
        for reached in changes.of(file):
            yield _finding(file, reached)
            break
        else:
            if not changes.reached.complete and _may_run(file.change.path):
                reason = (
                    "Not everything that trusted commands run could be followed, because it is too much or too"
                    " unusual. Whether they run this file is not known; a person must look at it."
                )
                yield finding(RULE, file.change.path, 0, "flag", reason)


def changed_deploy_scripts(rule_input: RuleInput) -> tuple[str, ...]:
    """The paths of the files that differ and that the deploy or rollback command runs; a renamed file at both.

    Where not everything could be followed, each file that may be a script counts as run.
    """
    changes = _TrustedChanges(rule_input, reached_files.deploy_origins(rule_input.config), with_ci=False)
    unknown = not changes.reached.complete
    hit = [
        file for file in rule_input.diff.files if any(changes.of(file)) or (unknown and any(map(_may_run, paths(file))))
    ]
    return tuple(dict.fromkeys(path for file in hit for path in paths(file)))


def _may_run(path: str) -> bool:
    return bool(_MAY_RUN.search(path) or reached_files.OPERATIONS.search(path))


class _TrustedChanges:
    def __init__(self, rule_input: RuleInput, wanted: tuple[Origin, ...], *, with_ci: bool = True) -> None:
        self._input = rule_input
        self.reached: ReachedFiles = reached_files.reached_files(rule_input.before, wanted, with_ci=with_ci)
        self._by_path: dict[str, list[Reached]] = {}
        for each in self.reached.found.values():
            self._by_path.setdefault(each.path, []).append(each)

    @cached_property
    def _tested(self) -> frozenset[str]:
        return imports.tested_files(self._input.before)

    def of(self, file: FileDiff) -> Iterator[Reached]:
        """Why the changed file is trusted, the use with the most rights first."""
        new = file.change.path
        for old in paths(file):
            for each in self._by_path.get(old, ()):
                if old != FILENAME and self._matters(each, old, new, file):
                    yield each
        if file.change.status in ("added", "renamed"):
            for pattern, each in self.reached.missing.items():
                if fnmatch.fnmatch(new, pattern) and new not in self._by_path:
                    yield each

    def _matters(self, each: Reached, old: str, new: str, file: FileDiff) -> bool:
        if path_patterns.matches(old, workflows.CI) and each.origin.checks:
            return False  # judged by the rules about CI
        if not reached_files.is_script(each) and reached_files.is_program(each, self._tested):
            return False
        before, after = self._input.before.text(old), self._input.after.text(new)
        if file.change.status == "deleted":
            after = ""
        if each.entry:
            if entry_content(before, old, each.entry) == entry_content(after, new, each.entry):
                return False
            lines = [entry_lines(text, path, each.entry) for text, path in ((before, old), (after, new))]
            return not (each.origin.checks and _changes_no_program(*lines))
        return not (each.origin.checks and before != after and _checks_more(old, before, after))


def _changes_no_program(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Whether a target runs nothing new besides checks: what it loses is judged by the rules about targets."""
    known = {head for line in old for head in _heads(line)}
    return all(_only_checks(line) or _heads(line) <= known for line in new)


def _heads(line: str) -> set[str]:
    parts = (part.split() for part in re.split(r"&&|\|\||[;|&]", line.lstrip("@-+")))
    return {words[0] for words in parts if words}


def _only_checks(line: str) -> bool:
    return all(
        bool(commands.tools(part)) or bool(_HARMLESS.match(part.strip())) or not part.strip()
        for part in re.split(r"&&|\|\||;", line)
    )


def _checks_more(path: str, old: str, new: str) -> bool:
    """Whether a shell script of checks lost none, and gained nothing but checks."""
    shell = path.endswith((".sh", ".bash")) or "." not in posixpath.basename(path)
    was, now = _commands_of(old), _commands_of(new)
    if not shell or not new or not any(map(commands.tools, was)) or "<<" in new:
        return False
    switched_off = bool(_OFF.search(new)) and not _OFF.search(old) or "set -e" in old and "set -e" not in new
    gained = [line for line in now if line not in was]
    return not switched_off and not any(commands.lost(was, now)) and all(map(_only_checks, gained))


def _commands_of(text: str) -> list[str]:
    lines = (line.strip() for line in re.sub(r"\\\n\s*", " ", text).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _finding(file: FileDiff, reached: Reached) -> Finding:
    origin = reached.origin
    done = {"deleted": "deletes", "added": "adds"}.get(file.change.status, "edits")
    place = (
        f"{reached.path} ({reached.entry})"
        if reached.entry
        else (file.change.path if reached.missing else reached.path)
    )
    way = " → ".join((*reached.chain, place))
    command = f"CI ({origin.command})" if origin.use == "CI" else f"{origin.use} (`{origin.command[:60]}`)"
    by = f" by way of {way}" if reached.chain and (origin.use, *reached.chain) != ("CI", origin.command) else ""
    rights = " with the deploy secrets" if origin.deploys else ""
    reason = f"This change {done} {place}, which {command} runs{rights}{by}. A person must look at it."
    line = 0 if done == "deletes" else line_of(file, reached.entry, None)
    return finding(RULE, file.change.path, line, "flag", reason)
