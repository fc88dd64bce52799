"""Comments and annotations that silence a checker, for a line, a function or a whole file."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.diff_hunks import MAX_LINE
from honk.verify.syntax.grammars import language_of

RULE = "checker-silenced"
COVERAGE = "coverage-excluded"

_WHOLE_FILE = re.compile(
    r"(?i)^\s*(?:#|//|/\*+|<!--|--)\s*(?:ruff:\s*noqa|flake8[:=]\s*noqa|mypy:\s*(?:ignore-errors"
    r"|disable-error-code|allow-\w+)|pyright:\s*(?:basic|ignore|strict=false|report\w+=false)"
    r"|pylint:\s*(?:skip-file|disable-all)|type:\s*ignore\s*$|@ts-nocheck|eslint-disable(?!-(?:next-)?line)\b"
    r"|tslint:disable(?!-(?:next-)?line)|biome-ignore-all|isort:\s*skip_file|fmt:\s*off|nolint(?:[:\s]|$)\s*$"
    r"|stylelint-disable(?!-(?:next-)?line)|phpcs:ignoreFile|@?phpstan-ignore-file"
    r"|rubocop:disable(?!.*#.*enable)|golangci-lint:ignore|ktlint-disable|swiftlint:disable(?!:)|checkstyle:off"
    r"|spotless:off"
    r"|deno-lint-ignore-file|oxlint-disable(?!-)|standard-disable|jshint ignore:start|semgrep:ignore-file"
    r"|hadolint global ignore|shellcheck disable=)"
    r"|^\s*#\s*pragma\s+(?:GCC|clang)\s+diagnostic\s+ignored\b|^\s*#\s*pragma\s+warning\s*\(\s*(?:disable|suppress)"
    r"|^\s*#!\[allow\(|^\s*@file:Suppress|^\s*#pragma\s+warning\s+disable|^\s*#\s*shellcheck\s+disable=all"
    r"|^\s*\"use nocheck\""
)
_INLINE = re.compile(
    r"(?i)(?:#|//|/\*+)\s*(?P<tool>noqa|type:\s*ignore|pyright:\s*ignore|pylint:\s*disable|nosec|mypy:\s*\w+"
    r"|ruff:\s*noqa|pyre-ignore|pytype:\s*disable|@ts-ignore|@ts-expect-error|eslint-disable-(?:next-)?line"
    r"|eslint-disable-line|tslint:disable-(?:next-)?line"
    r"|biome-ignore|oxlint-disable-(?:next-)?line|prettier-ignore|stylelint-disable-(?:next-)?line|nolint"
    r"|lint:ignore|staticcheck:ignore|#nosec|NOSONAR|NOLINT\w*|rubocop:disable|rubocop:todo|phpcs:ignore"
    r"|@?phpstan-ignore\S*|@?psalm-suppress"
    r"|noinspection|CHECKSTYLE\S*OFF|deno-lint-ignore|shellcheck\s+disable|swiftlint:disable\S*|detekt:disable"
    r"|@?codingStandardsIgnore\w*|ReSharper\s+disable\S*)(?P<codes>[^*]*)"
    r"|(?P<mark>#\[(?:cfg_attr\([^)]*,\s*)?allow\(|@SuppressWarnings\b|@Suppress\b|@SuppressFBWarnings"
    r"|\[SuppressMessage|@SuppressLint|@phpstan-ignore|#!?\[expect\()(?P<rules>[^\])]*)"
)
_COVERAGE = re.compile(
    r"(?i)(?:#|//|/\*+)\s*(?:pragma:\s*no\s*(?:cover|branch)|istanbul\s+ignore|c8\s+ignore|v8\s+ignore"
    r"|node:coverage\s+(?:disable|ignore)|coverage:\s*ignore|LCOV_EXCL|GCOV_EXCL|:nocov:|codecov\s+ignore"
    r"|@?codeCoverageIgnore)"
    r"|\[ExcludeFromCodeCoverage|@Generated\b|#\[(?:coverage\(off\)|cfg\(not\(tarpaulin_include\)\))"
    r"|cfg\(not\(tarpaulin|@ExcludeFromJacoco|@codeCoverageIgnore"
)
_STYLE = re.compile(
    r"(?i)^[\s:=(\[\"',]*(?:(?:F401|F403|E[1257]\d\d|E402|W\d+|N8\d\d|D\d{3}|I00\d|UP\d+|Q\d+|COM\d+|ANN\d+"
    r"|ERA\d+|PLR\d+|PLC\d+|C901|B008|T20\d?|S101|SLF001|ARG\d+|FBT\d+|line-too-long|invalid-name|unused-import"
    r"|import-outside-toplevel"
    r"|too-(?:many|few)-[\w-]+|missing-[\w-]*docstring|wrong-import-\w+|max-len|no-console|camelcase"
    r"|import/[\w-]+|prefer-\w+|sort-\w+|react/prop-types|react/display-name|import-untyped|import-not-found"
    r"|deprecated|dead_code|unused_imports|unused_variables|unused|clippy::(?:too_many_arguments|type_complexity"
    r"|module_inception|module_name_repetitions)|rawtypes|lll|gochecknoglobals|funlen|gocyclo|dupl"
    r"|Metrics/\w+|Layout/\w+|Style/\w+|Naming/\w+|SC1091|SC2034|MagicNumber|LongMethod|LongParameterList"
    r"|FunctionName|unused_parameter|@typescript-eslint/(?:naming-convention|no-unused-vars|no-require-imports)"
    r"|CS1591|IDE\d+)[\s,)\]\"'*/]*)+(?:$|--|#|//|\s)"
)
_STRICT_MARKS = re.compile(
    r"(?m)^\s*(?:#!\[(?:deny|forbid|warn)\([^\])]*\)\]|#\s*mypy:\s*strict\b.*|#\s*pyright:\s*strict\b.*|//\s*@ts-check\b"
    r"|/\*\s*eslint\s+[^*]*\*/|declare\(strict_types=1\);"
    r"|#nullable enable|\(set! \*warn-on-reflection\* true\))\s*$"
)
_PHP_SILENCE = re.compile(r"(?<![\w'\"*@/])@(?:\$\w|(?!param|return|var|throws|test|dataProvider)[a-z_]+\()")
_REASONED = re.compile(r"(?:--|//|#|:|—|because|reason\s*=)\s*\S+(?:\s+\S+){2,}")


def checkers_silenced(rule_input: RuleInput) -> Iterator[Finding]:
    """New comments and annotations that switch a checker or the measuring of coverage off."""
    for file in rule_input.diff.files:
        path = file.change.path
        if path.endswith((".md", ".rst", ".txt", ".adoc", ".json")) or not (
            language_of(path) or languages.of(path) or _is_code(path)
        ):
            continue
        yield from _strictness_removed(rule_input, file)
        before, after = _silencers(rule_input.old(file).text), _silencers(rule_input.new(file).text)
        before = {said: before.get(said, 0) - count + 1 for said, count in after.items()}
        for line in file.added:
            text = line.text[:MAX_LINE]
            if rule_input.removed_texts[text.strip()]:
                continue
            yield from _judged(rule_input, file, line.number, text, before)


def _judged(rule_input: RuleInput, file: FileDiff, number: int, text: str, before: dict[str, int]) -> Iterator[Finding]:
    path = file.change.path
    if _COVERAGE.search(text):
        match = _COVERAGE.search(text)
        if match and _used_up(before, match[0]):
            return
        reason = (
            "This leaves code out of the measured coverage, so that untested code goes unnoticed. Test it, "
            "or a person confirms it."
        )
        yield finding(COVERAGE, path, number, "flag", reason)
    elif _WHOLE_FILE.search(text):
        alone = re.search(r"(?i)rubocop:disable|nolint|shellcheck disable", text)
        if alone and (
            _STYLE.search(re.split(r"(?i)disable=?|nolint:?", text, maxsplit=1)[-1]) or _used_up(before, alone[0])
        ):
            return
        if file.change.status == "added" and re.search(r"(?i)fmt:\s*off|generated", text):
            return
        reason = (
            "This switches a checker off for the whole file, so that its problems go unnoticed. Remove it, "
            "or a person confirms it."
        )
        yield finding(RULE, path, number, "flag", reason)
    elif match := _INLINE.search(text):
        rest = (match["codes"] or match["rules"] or "").strip()
        tool = (match["tool"] or match["mark"]).lower()
        if _used_up(before, match[0]) or "prettier-ignore" in tool or _STYLE.search(rest):
            return
        if _REASONED.search(rest) or _asked(rule_input, rest):
            return
        if languages.is_test(path) and re.search(
            r"(?i)arg-type|call-arg|no-explicit-any|expect-error|attr-defined|unchecked", text
        ):
            return  # a test that passes a wrong type on purpose
        what = re.sub(r"\s+", " ", match[0]).strip()[:50]
        reason = (
            f"`{what}` silences a checker here, so that the problem that it reports stays. Solve the problem, "
            "or say why beside the comment."
        )
        yield finding(RULE, path, number, "flag", reason)


def _strictness_removed(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Marks of strictness that the file no longer has, and errors that PHP is told to keep to itself."""
    old, new = rule_input.old(file).text, rule_input.new(file).text
    gone = [mark[0] for mark in _STRICT_MARKS.finditer(old) if mark[0] not in new]
    if gone and file.change.status == "modified":
        reason = (
            f"`{gone[0].strip()[:60]}` is removed, so that problems in this file no longer fail. Restore it, or a"
            " person confirms it."
        )
        yield finding(RULE, file.change.path, file.added[0].number if file.added else 1, "flag", reason)
    if file.change.path.endswith(".php") and len(_PHP_SILENCE.findall(new)) > len(_PHP_SILENCE.findall(old)):
        line = next((line.number for line in file.added if _PHP_SILENCE.search(line.text[:MAX_LINE])), 1)
        reason = "`@` keeps PHP from reporting the error here. Handle the error, or a person confirms it."
        yield finding(RULE, file.change.path, line, "flag", reason)


def _asked(rule_input: RuleInput, rest: str) -> bool:
    """Whether the request names the silenced rule and says that what it reports is right, or asks to silence it."""
    named = any(code.lower() in rule_input.request.lower() for code in re.findall(r"[\w/:-]{4,}", rest))
    return named and rule_input.asked(
        "right", "fine", "intend", "on purpose", "keep", "allow", "ignor", "silenc", "disabl"
    )


def _silencers(text: str) -> dict[str, int]:
    """The silencing comments of the base, counted: one that was only moved or indented anew is not new."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        for pattern in (_INLINE, _COVERAGE, _WHOLE_FILE):
            if match := pattern.search(line[:MAX_LINE]):
                found[match[0].strip()] = found.get(match[0].strip(), 0) + 1
    return found


def _used_up(before: dict[str, int], found: str) -> bool:
    """Whether the base has this comment in the file as often as the change."""
    return before.get(found.strip(), 0) > 0


def _is_code(path: str) -> bool:
    return path.endswith(
        (
            ".c",
            ".h",
            ".cpp",
            ".hpp",
            ".swift",
            ".scala",
            ".vue",
            ".svelte",
            ".css",
            ".scss",
            ".sql",
            ".dart",
            ".ex",
            ".exs",
        )
    )
