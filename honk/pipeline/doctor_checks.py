"""What `honk doctor` says about the rules of the repositories that Honk knows. Reads mirrors, fetches nothing."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from honk.core.diagnosis import Diagnosis
from honk.core.errors import HonkError
from honk.core.repo import Repo
from honk.git import mirror as mirrors
from honk.pipeline import repo_config


async def findings(mirrors_folder: Path, repos: Iterable[Repo]) -> AsyncIterator[Diagnosis]:
    """One Diagnosis for each repository, and for each notice about its rules; by its base branch as last fetched."""
    for repo in repos:
        mirror = mirrors_folder / f"{repo.name}.git"
        if not mirror.exists():
            yield Diagnosis(f"rules of {repo.name}", "without", "Not fetched yet, so its honk.toml is not known.")
            continue
        try:
            plan = await repo_config.read(mirror, await mirrors.head(mirror, repo.default_branch))
        except HonkError as error:
            yield Diagnosis(f"rules of {repo.name}", "missing", str(error))
            continue
        for notice in plan.notices:
            yield Diagnosis(f"rules of {repo.name}", "without", notice)
        if not plan.notices:
            yield Diagnosis(f"rules of {repo.name}", "ok", "honk.toml and manifests are understood.")
