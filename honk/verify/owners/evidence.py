"""All that the owners' own files say about checks: CI first, then pre-commit, tox and nox."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from honk.verify.base import Listing
from honk.verify.owners import ci, pre_commit, task_runners, tox
from honk.verify.owners.meaning import meanings
from honk.verify.owners.plain_checks import existing_folder
from honk.verify.owners.step import Group, Install, LeftOut, OwnersCheck, OwnersStep

MAX_VARIANTS = 4
"""So many commands of one tool in one folder are kept; the others are left out, and said."""

_SAME_RESULT = re.compile(
    r"\s(?:--python-version\S*"
    r"|-q|-qq|-v+|-vv+|--verbose|--quiet|-x|-n[= ]?\S+|--cov\S*|--no-cov|--durations\S*|--color\S*|--tb=\S+"
    r"|-ra|-rs|-s|--silent|--timings"
    r"|--locked|--frozen|--no-daemon|--stacktrace|--info|-B|--batch-mode|-ntp|--no-transfer-progress"
    r"|--maxfail\S*|--output-format\S*|-p \S+"
    r"|--reporters?[= ]\S+|--coverage\S*|-j\s?\d*|--no-fail-fast|-W \S+|--show-error-codes|--pretty|--logger\S*"
    r"|--ci|--runInBand)(?=\s|$)"
)

PYTHON, NODE, RUST, GO, JAVA = "Python", "Node", "Rust", "Go", "Java"
_LANGUAGES = {
    PYTHON: "pytest py.test unittest nose2 trial stestr ward behave green ruff black isort flake8 pylint "
    "pycodestyle pydocstyle bandit "
    "vulture mypy dmypy pyright basedpyright pytype pyre ty pyrefly yapf autopep8 docformatter manage.py "
    "setup.py lint-imports deptry "
    "interrogate pyupgrade usort ufmt doctest nosetests",
    NODE: "jest vitest mocha ava tap tape uvu jasmine karma eslint oxlint stylelint standard xo prettier oxfmt "
    "biome tsc vue-tsc tsgo "
    "svelte-check node tsx next vite ng react-scripts vue-cli-service webpack rollup tsup knip astro nuxt turbo "
    "nx lerna npm yarn pnpm bun "
    "dprint esbuild unbuild tsdown gulp web-test-runner",
    RUST: "cargo rustfmt",
    GO: "go gofmt gofumpt goimports golangci-lint staticcheck revive gotestsum ginkgo errcheck gosec",
    JAVA: "mvn gradle ktlint detekt",
    "Ruby": "rspec rake rails minitest ruby rubocop standardrb srb steep brakeman reek erblint erb_lint",
    "PHP": "phpunit pest paratest behat codecept phpspec artisan phpstan psalm phpcs php-cs-fixer pint ecs "
    "rector composer phpmd deptrac "
    "simple-phpunit parallel-lint",
    ".NET": "dotnet",
    "Elixir": "mix",
    "Swift": "swift swiftlint swiftformat",
    "C": "cmake meson ctest make ninja clang-format clang-tidy cppcheck cpplint bazel scons",
}
_LANGUAGE = {tool: language for language, tools in _LANGUAGES.items() for tool in tools.split()}


@dataclass(frozen=True)
class Evidence:
    """`installs` are those of the jobs whose checks were taken. `notices` are sentences on limits that were reached."""

    checks: tuple[OwnersCheck, ...] = ()
    installs: tuple[Install, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notices: tuple[str, ...] = ()


def language(tool: str) -> str:
    """The language whose projects the tool checks; empty for tools of any."""
    return _LANGUAGE.get(tool, "")


def collect(listing: Listing) -> Evidence:
    """The owners' checks and installs, each check once."""
    found = _Collected(listing)
    for job in ci.jobs(listing):
        found.add_job(job)
    for steps in _other_files(listing, found.checks):
        found.add_job(steps)
    return found.evidence()


def _other_files(listing: Listing, checks: list[OwnersCheck]) -> Iterable[list[OwnersStep | LeftOut]]:
    """Steps for pre-commit, tox and nox, as far as CI does not check the same."""
    covered = {(check.group, language(check.tool)) for check in checks}
    if not any(group == "test" and of in (PYTHON, "") for group, of in covered):
        if "noxfile.py" in listing.paths:
            yield [OwnersStep("nox", ("nox",), "noxfile.py")]
        elif environments := tox.environments(listing):
            yield [OwnersStep("tox", ("tox",), environments[0].source)]
    if source := listing.first(pre_commit.FILES):
        words = ("pre-commit", "run", "--all-files")
        yield [OwnersStep(" ".join(words), words, source)]


class _Collected:
    """Collects the meanings of jobs and keeps each check once."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.checks: list[OwnersCheck] = []
        self.installs: dict[tuple[str, tuple[str, ...]], Install] = {}
        self.left: dict[tuple[str, str], LeftOut] = {}
        self.known: set[tuple[str, str, str]] = set()
        self.count: dict[tuple[str, str, Group], int] = {}

    def add_job(self, steps: list[OwnersStep | LeftOut]) -> None:
        installs: list[Install] = []
        wanted = False
        for step in steps:
            if isinstance(step, LeftOut):
                self._add_left(LeftOut(step.step, step.reason), meanings(step.step, self.listing))
                continue
            for meaning in meanings(step, self.listing):
                if isinstance(meaning, Install):
                    installs.append(meaning)
                elif isinstance(meaning, LeftOut):
                    self._add_left(meaning, [meaning])
                else:
                    wanted = self._add(meaning) or wanted
        if wanted:
            for install in installs:
                self.installs.setdefault((install.step.folder, install.words), install)

    def _add_left(self, left: LeftOut, meant: list[OwnersCheck | Install | LeftOut]) -> None:
        if any(isinstance(each, OwnersCheck | LeftOut) for each in meant):
            self.left.setdefault((left.step.source, left.step.text), left)

    def _add(self, check: OwnersCheck) -> bool:
        folder = existing_folder(check.step.folder, self.listing)
        text = _SAME_RESULT.sub("", f" {check.command} ".replace("python3 -m ", ""))
        text = re.sub(r"\s+(\./?)?$", "", text).strip()
        place = (folder, check.group, text)
        if place in self.known or self._pre_commit_again(check, folder):
            return False
        self.known.add(place)
        slot = (folder, check.tool, check.group)
        self.count[slot] = self.count.get(slot, 0) + 1
        if self.count[slot] > MAX_VARIANTS:
            self._add_left(LeftOut(check.step, f"is one of more than {MAX_VARIANTS} variants of {check.tool}"), [check])
            return False
        self.checks.append(replace(check, step=replace(check.step, folder=folder)))
        return True

    def _pre_commit_again(self, check: OwnersCheck, folder: str) -> bool:
        """Whether it is a hook for a tool that the CI itself runs."""
        return check.step.source in pre_commit.FILES and any(
            other.tool == check.tool and other.group == check.group for other in self.checks
            if other.step.source not in pre_commit.FILES
        )  # fmt: skip

    def evidence(self) -> Evidence:
        texts = {check.step.text for check in self.checks}
        left = [each for (_, text), each in self.left.items() if text not in texts]
        return Evidence(tuple(self.checks), tuple(self.installs.values()), tuple(left))


def hatch_installs(listing: Listing, checks: Iterable[OwnersCheck]) -> tuple[str, ...]:
    """The requirements of hatch's environments, where a check came from one."""
    if not any(re.search(r"\bhatch\b", f"{check.step.where} {check.step.text}") for check in checks):
        return ()
    return tuple(task_runners.hatch_requirements(listing))
