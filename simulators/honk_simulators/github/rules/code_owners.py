"""CODEOWNERS: who has to look at which files. The last pattern that matches counts."""

import re

from honk_simulators.github.git_repository import git
from honk_simulators.github.rules import protections
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


async def of_pull(state: GitHubState, repo: Repository, issue: IssueRecord) -> tuple[GitHubAccount, ...]:
    """Who owns what a pull request changes, by the file on its base branch; only asked for where rules want it."""
    pull = issue.pull
    if pull is None or not any(rules.code_owners for rules in protections.asked(repo, pull.base)):
        return ()
    base = await git.merge_base(repo.git_dir, pull.base, pull.head_sha)
    changed = await git.names(repo.git_dir, base, pull.head_sha) if base else []
    text = await _file(repo, pull.base)
    logins = {login for path in changed for login in named(text, path)}
    found = (state.account(login) for login in sorted(logins))
    return tuple(each for each in found if each is not None)


def named(text: str, path: str) -> tuple[str, ...]:
    """The logins that own a path."""
    owners: tuple[str, ...] = ()
    for line in text.splitlines():
        pattern, *names = line.split("#")[0].split() or [""]
        if pattern and re.match(_expression(pattern), path):
            owners = tuple(name.removeprefix("@") for name in names)
    return owners


def _expression(pattern: str) -> str:
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    body = re.escape(pattern.strip("/")).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return f"{'' if anchored else '(.*/)?'}{body}(/.*)?$"


async def _file(repo: Repository, branch: str) -> str:
    for place in PLACES:
        content = await git.show(repo.git_dir, branch, place)
        if content is not None:
            return content.decode(errors="replace")
    return ""
