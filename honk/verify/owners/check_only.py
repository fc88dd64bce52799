"""Commands that write or never end, in the form that only checks."""

import re
from collections.abc import Sequence

from honk.verify.owners import programs

_DROPPED: dict[str, str] = {
    "ruff": r"--fix|--fix-only|--unsafe-fixes|--show-fixes|--exit-non-zero-on-fix|--watch|-w",
    "eslint": r"--fix|--fix-dry-run",
    "oxlint": r"--fix\S*",
    "stylelint": r"--fix",
    "tslint": r"--fix",
    "standard": r"--fix",
    "xo": r"--fix",
    "biome": r"--write|--fix|--apply|--apply-unsafe|--unsafe",
    "markdownlint": r"--fix|-f",
    "markdownlint-cli2": r"--fix",
    "next": r"--fix",
    "ng": r"--fix|--watch(=true)?",
    "golangci-lint": r"--fix",
    "rubocop": r"-a|-A|--auto-?correct\S*|--fix\S*",
    "standardrb": r"--fix\S*",
    "erblint": r"-a|--autocorrect",
    "cargo": r"--fix|--allow-dirty|--allow-staged",
    "codespell": r"-w|--write-changes|-i\d?|--interactive\S*",
    "swiftlint": r"--fix|--autocorrect",
    "ktlint": r"-F|--format",
    "jest": r"--watch\S*|-u|--updateSnapshot",
    "vitest": r"--watch\S*|-w|-u|--update|--ui",
    "mocha": r"--watch|-w",
    "ava": r"--watch|-w|-u|--update-snapshots",
    "tsc": r"--watch|-w",
    "pytest": r"--basetemp=\S+|--snapshot-update|--inline-snapshot=\S*|--junit-?xml=\S+|--pdb|--lf|--ff",
    "deno": r"--watch\S*|--fix",
    "prettier": r"--write|-w|--watch",
    "black": r"-q|--quiet",
    "gofmt": r"-w",
    "goimports": r"-w",
    "mix": r"--watch",
    "phpstan": r"--generate-baseline\S*",
    "psalm": r"--alter",
}
_ADDED: tuple[tuple[str, str, str, str], ...] = (
    # program, the arguments that it has, those that make it check already, what makes it check
    ("ruff", r"format\b", r"--check|--diff", "--check"),
    ("black", r"", r"--check|--diff", "--check"),
    ("isort", r"", r"--check|--check-only|-c|--diff", "--check-only"),
    ("usort", r"format\b", r"$^", "check"),
    ("yapf", r"", r"--diff|-d", "--diff"),
    ("autopep8", r"", r"--diff|-d", "--diff --exit-code"),
    ("docformatter", r"", r"--check|-c", "--check"),
    ("mdformat", r"", r"--check", "--check"),
    ("pyproject-fmt", r"", r"--check", "--check"),
    ("prettier", r"", r"--check|-c|--list-different|-l", "--check"),
    ("oxfmt", r"", r"--check|--list-different", "--check"),
    ("cargo", r"(\+\S+ )?fmt\b", r"--check", "--check"),
    ("clang-format", r"", r"--dry-run|-n", "--dry-run --Werror"),
    ("php-cs-fixer", r"fix\b", r"--dry-run", "--dry-run --diff"),
    ("pint", r"", r"--test", "--test"),
    ("rector", r"", r"--dry-run|-n", "--dry-run"),
    ("dotnet", r"format\b", r"--verify-no-changes|--check", "--verify-no-changes"),
    ("mix", r"format\b", r"--check-formatted|--dry-run", "--check-formatted"),
    ("zig", r"fmt\b", r"--check", "--check"),
    ("dart", r"format\b", r"--set-exit-if-changed", "--output=none --set-exit-if-changed"),
    ("deno", r"fmt\b", r"--check", "--check"),
    ("terraform", r"fmt\b", r"-check|--check", "-check"),
    ("tofu", r"fmt\b", r"-check|--check", "-check"),
    ("taplo", r"(fmt|format)\b", r"--check", "--check"),
    ("shfmt", r"", r"-d|-l|--diff|--list", "-d"),
    ("stylua", r"", r"--check|-c", "--check"),
    ("gleam", r"format\b", r"--check", "--check"),
    ("forge", r"fmt\b", r"--check", "--check"),
    ("crystal", r"tool format\b", r"--check", "--check"),
    ("swiftformat", r"", r"--lint", "--lint"),
    ("buf", r"format\b", r"--exit-code", "--diff --exit-code"),
    ("biome", r"format\b", r"$^", ""),
    ("ormolu", r"", r"--mode check|-m check", "--mode check"),
    ("fourmolu", r"", r"--mode check|-m check", "--mode check"),
)
_REPLACED = {
    "spotlessApply": "spotlessCheck",
    "spotless:apply": "spotless:check",
    "ktlintFormat": "ktlintCheck",
    "ktfmtFormat": "ktfmtCheck",
}
_IN_PLACE = {"-i", "--in-place", "--inplace", "-ir", "-ri"}


def form(words: Sequence[str]) -> tuple[str, ...]:
    """The same command without what writes to the files or waits for changes; unchanged for most commands.

    `words` begins with the program. Raises ValueError for a command that has no such form.
    """
    program = programs.base_name(words[0])
    rest = [_REPLACED.get(word, word) for word in words[1:]]
    if program == "dprint" and rest[:1] == ["fmt"]:
        rest[0] = "check"
    if program == "go" and rest[:1] == ["fmt"]:
        raise ValueError("rewrites the files")
    if program == "usort":
        rest = ["check" if word == "format" else word for word in rest]
    if program == "npm" and "run" not in rest:
        return (words[0], *rest)
    if dropped := _DROPPED.get(program):
        cut = rest.index("--") if "--" in rest and program in ("cargo", "pytest") else len(rest)
        rest = [word for word in rest[:cut] if not re.fullmatch(dropped, word)] + rest[cut:]
    if program in ("clang-format", "yapf", "autopep8", "docformatter", "isort", "shfmt", "taplo"):
        rest = [word for word in rest if word not in _IN_PLACE and word not in ("-w", "--write", "-r!")]
    for name, has, checks, added in _ADDED:
        if name == program and re.match(has, " ".join(rest)):
            if not any(re.fullmatch(rf"(?:{checks})(?:=.*)?", word) for word in rest) and added not in " ".join(rest):
                rest = _with(rest, has, added)
            break
    if program == "ruff" and not {"format", "--no-fix"} & set(rest):
        rest = [*rest[:1], "--no-fix", *rest[1:]] if rest[:1] == ["check"] else ["check", "--no-fix", *rest]
    if program == "vitest" and not {"run", "--run", "bench", "list", "related", "typecheck"} & set(rest):
        rest = ["run", *[word for word in rest if word not in ("watch", "dev")]]
    return (words[0], *rest)


def _with(rest: list[str], has: str, added: str) -> list[str]:
    """The arguments with `added` after the subcommand, or in front."""
    match = re.match(has, " ".join(rest))
    count = len(match[0].split()) if match else 0
    return [*rest[:count], *added.split(), *rest[count:]]
