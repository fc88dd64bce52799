"""Which programs check a project, and which commands ignore failures or check nothing. For the rules about checks."""

import re

from honk.verify.rules.diff_hunks import MAX_LINE

TOOL = re.compile(
    r"\b(?:pytest|py\.test|unittest|tox|nox|ruff|flake8|pylint|black|isort|mypy|pyright|bandit|eslint|prettier|stylelint"
    r"|biome|tsc|vue-tsc|jest|vitest|mocha|ava|karma|playwright|cypress|rspec|rubocop|phpunit|phpstan|ctest|golangci-lint"
    r"|staticcheck|gofmt|checkstyle|ktlint|detekt|swiftlint|coverage|codecov|honk verify|pre-commit run"
    r"|go (?:test|vet|build)|cargo (?:test|clippy|fmt|check|build)|dotnet (?:test|build|format)|swift (?:test|build)"
    r"|(?:mvnw?|gradlew?)\b.*\b(?:test|verify|check|build)|bazel (?:test|build)|node --test|deno test|bun test"
    r"|(?:npm|pnpm|yarn|bun)(?: run)?(?: -\S+| --\S+)* (?:test|lint|build|check|typecheck|format)[\w:-]*"
    r"|(?:make|just) (?:test|lint|check|build|ci|verify)[\w-]*)\b"
)
"""A program that checks a project."""

_IGNORED = re.compile(
    r"\|\|\s*(?:true\b|:(?:\s|$|\")|exit 0|echo\b|/bin/true)|;\s*(?:true|exit 0|:)\s*[\"']?\s*$|--exit-zero\b"
    r"|--passWithNoTests\b|--pass-with-no-tests\b|-DskipTests\b|-Dmaven\.test\.skip|-x test\b|--no-verify\b"
    r"|--collect-only\b|--co\b|--deselect\b|--ignore(?:-glob)?[= ]\S*test|-k\s*[\"'\\]*not\b|-m\s*[\"'\\]*not\b"
    r"|--testPathIgnorePatterns|--dry-run\b|-fae\b.*-Dmaven\.test\.failure\.ignore|-Dmaven\.test\.failure\.ignore"
)
_EMPTY = re.compile(r"^[@-]*\s*(?:true|:|exit 0|/bin/true|echo\b[^&|;]*|#.*|)\s*$")


def ignores_failure(text: str) -> bool:
    """Whether the command ignores failing tests or checks, or leaves some out."""
    return bool(_IGNORED.search(text[:MAX_LINE]))


def checks_nothing(text: str) -> bool:
    """Whether the command does nothing, or only prints something."""
    return bool(_EMPTY.match(text.strip()[:MAX_LINE]))


def tools(text: str) -> frozenset[str]:
    """The checking programs that a line calls."""
    return frozenset(match.split()[0].lower() for match in TOOL.findall(text[:MAX_LINE]))
