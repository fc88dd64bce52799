"""What a person needs to decide on a phone, as one value: asked, changed, not touched, verdicts, pictures, cost. Pure.

How it is said is for `honk.conversation`; here is decided what is worth saying.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from honk.core.change import FileChange
from honk.core.cost import Cost
from honk.core.delivery import Artifact, Screenshot
from honk.core.events import PageViewed
from honk.core.honk_toml import FILENAME, PolicySettings
from honk.core.session import Egress, Session
from honk.core.verdict import Finding, Verdict

Area = Literal["code", "tests", "docs", "pictures", "dependencies", "pipelines", "rules"]
"""pipelines: what runs elsewhere because of the change (CI, containers, deploys); rules: `honk.toml` and its like."""

AREAS: tuple[Area, ...] = ("code", "tests", "docs", "pictures", "dependencies", "pipelines", "rules")
"""In the order in which they are shown."""

Untouched = Literal["existing tests", "dependencies", "pipelines", "rules", "protected paths"]

_TRUSTED_RULE = "trusted-script-changed"
_SCRIPTS = re.compile(
    r"\.(?:sh|bash|mk)$|(^|/)(?:Makefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|package\.json)$"
    r"|(^|/)(?:scripts?|tools?|ci|ops|infra\w*|deploy\w*)/"
)
"""Files that a trusted command may run, by their names: a change of them that has no finding is not called unchanged
rules either."""

_PROTECTED_RULES = ("protected-path", "protected path")  # the second is the former name, in stored sessions

# The first that matches wins: a lock file under tests/ is a dependency, a Dockerfile in docs/ a pipeline.
_PATTERNS: tuple[tuple[Area, re.Pattern[str]], ...] = (
    ("rules", re.compile(rf"^{re.escape(FILENAME)}$|(^|/)CODEOWNERS$")),
    (
        "pipelines",
        re.compile(
            r"^\.(github|gitlab|circleci|buildkite|woodpecker|forgejo|gitea|ci)/|^\.[\w.-]*ci\.ya?ml$|^Jenkinsfile"
            r"|(^|/)(Dockerfile|Containerfile|docker-compose|compose\.ya?ml|Procfile|fly\.toml|deploy\.)[^/]*$"
            r"|^\.pre-commit-config\.yaml$|\.tf$"
        ),
    ),
    (
        "dependencies",
        re.compile(
            r"(^|/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|pyproject\.toml"
            r"|setup\.(py|cfg)|Pipfile|requirements[^/]*\.(txt|in)|requirements/[^/]+|go\.(mod|sum)|Cargo\.toml|Gemfile"
            r"|pom\.xml|build\.gradle(\.kts)?|composer\.json|mix\.exs|Package\.swift|[^/]+\.lock|\.gitmodules)$"
        ),
    ),
    (
        "tests",
        re.compile(
            r"(^|/)(tests?|__tests__|specs?|e2e|testdata|fixtures|__snapshots__)/"
            r"|(^|/)(test_[^/]+|[^/]+[._-](test|tests|spec)\.[^/.]+|conftest\.py|[^/]+Tests?\.(java|kt|swift|cs))$"
        ),
    ),
    ("docs", re.compile(r"(^|/)docs?/|(^|/)(README|CHANGELOG|CONTRIBUTING|LICEN[CS]E)[^/]*$|\.(md|rst|adoc)$")),
    ("pictures", re.compile(r"\.(png|jpe?g|gif|webp|avif|ico|svg|woff2?|ttf|otf|mp[34]|ogg|wav|flac|webm)$")),
)


@dataclass(frozen=True)
class Group:
    """The changed files of one area, in git's order."""

    area: Area
    files: tuple[FileChange, ...]


@dataclass(frozen=True)
class Pair:
    """A page before and after the change; either may be missing. `same`: equal to the last bit."""

    path: str
    before: Screenshot | None
    after: Screenshot | None

    @property
    def same(self) -> bool:
        """Both are there and show the same."""
        return bool(self.before and self.after and self.before.sha256 == self.after.sha256)


@dataclass(frozen=True)
class Card:
    """The evidence. `seconds` is how long it took from the first message, 0 when it is not known.

    `untouched` lists only what was checked: protected paths where the repository has some, folders where they were
    given. `unmatched` are the protected patterns that match no file of the base. `refused` are the hosts that a sandbox
    asked for in vain.
    """

    session: str
    repo: str
    asked: tuple[str, ...]
    summary: str
    groups: tuple[Group, ...]
    added: int
    deleted: int
    untouched: tuple[Untouched, ...]
    unmatched: tuple[str, ...]
    folders: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    pages: tuple[Pair, ...]
    views: tuple[PageViewed, ...]
    artifacts: tuple[Artifact, ...]
    preview: str
    note: str
    refused: tuple[Egress, ...]
    cost: Cost
    seconds: float = 0.0


def card(
    session: Session,
    policy: PolicySettings | None = None,
    *,
    folders: Collection[str] = (),
    seconds: float = 0.0,
) -> Card:
    """The evidence of a session. `policy` is the base branch's, `folders` the names at the top of its tree."""
    stat = session.change.diffstat
    top = {path.partition("/")[0] for file in stat.files for path in (file.path, file.old_path) if path}
    return Card(
        session=session.id,
        repo=session.repo,
        asked=tuple(turn.text for turn in session.turns),
        summary=session.summary,
        groups=grouped(stat.files),
        added=stat.added,
        deleted=stat.deleted,
        untouched=_untouched(session, policy),
        unmatched=session.unmatched if stat.files else (),
        folders=tuple(name for name in folders if name not in top) if stat.files else (),
        verdicts=session.verdicts,
        findings=session.guard,
        pages=pairs(session.preview.screenshots),
        views=session.views,
        artifacts=session.preview.artifacts,
        preview=session.preview.url,
        note=session.preview.note,
        refused=tuple(row for row in session.egress if not row.allowed),
        cost=session.cost,
        seconds=seconds,
    )


def area(path: str) -> Area:
    """What kind of file a path is, by its name alone."""
    return next((found for found, pattern in _PATTERNS if pattern.search(path)), "code")


def grouped(files: tuple[FileChange, ...]) -> tuple[Group, ...]:
    """The files by area; areas without a file are left out."""
    groups = (Group(each, tuple(file for file in files if area(file.path) == each)) for each in AREAS)
    return tuple(group for group in groups if group.files)


def pairs(screenshots: tuple[Screenshot, ...]) -> tuple[Pair, ...]:
    """The pictures by page, in the order in which the pages first come."""
    shots = {(shot.path, shot.when): shot for shot in screenshots}
    paths = dict.fromkeys(shot.path for shot in screenshots)
    return tuple(Pair(path, shots.get((path, "before")), shots.get((path, "after"))) for path in paths)


def _untouched(session: Session, policy: PolicySettings | None) -> tuple[Untouched, ...]:
    """Nothing is said of a change that is not there; a renamed file counts at both of its places."""
    files = session.change.diffstat.files
    if not files:
        return ()
    touched = {area(path) for file in files for path in (file.path, file.old_path) if path}
    old_tests = any(area(file.old_path or file.path) == "tests" for file in files if file.status != "added")
    protected = any(finding.rule in _PROTECTED_RULES for finding in session.guard)
    scripts = any(_SCRIPTS.search(path) for file in files for path in (file.path, file.old_path))
    scripts = scripts or any(finding.rule == _TRUSTED_RULE for finding in session.guard)
    said: tuple[tuple[Untouched, bool], ...] = (
        ("existing tests", not old_tests),
        ("dependencies", "dependencies" not in touched),
        ("pipelines", "pipelines" not in touched),
        ("rules", "rules" not in touched and not scripts),
        ("protected paths", bool(policy and set(policy.protected) - set(session.unmatched)) and not protected),
    )
    return tuple(name for name, is_so in said if is_so)
