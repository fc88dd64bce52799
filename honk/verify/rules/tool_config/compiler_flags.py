"""Flags of compilers and linkers: warnings that no longer count, and sanitizers that are off, in any build file."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.requested import requested
from honk.verify.rules.tool_config.rule_names import RULE_OFF

FILES = path_patterns.listed(
    """
    Makefile makefile GNUmakefile *.mk justfile CMakeLists.txt *.cmake CMakePresets.json meson.build meson_options.txt
    configure.ac configure.in Makefile.am SConstruct SConscript BUILD BUILD.bazel *.bzl .bazelrc Cargo.toml
    .cargo/config.toml .cargo/config build.rs setup.py pyproject.toml binding.gyp *.gypi *.pro *.csproj *.fsproj
    *.vbproj Directory.Build.props Directory.Build.targets pom.xml build.gradle* *.gradle *.gradle.kts build.sbt
    Package.swift *.xcconfig Dockerfile* *.sh package.json tox.ini xmake.lua premake5.lua wscript dub.json *.cabal
    stack.yaml .github/workflows/** .gitlab-ci.yml .circleci/** azure-pipelines*.yml Jenkinsfile conanfile.*
    """
)
_START = r"(?<![\w-])"
_END = r"(?![\w-])"
STRICT = re.compile(
    rf"{_START}(?:-W(?:all|extra|pedantic|error(?:=[\w-]+)?|(?!no-|l,|a,|p,|error)[a-z][\w-]*(?:=\d+)?)|-pedantic"
    rf"(?:-errors)?|-fstack-protector\S*|-fanalyzer|-D_FORTIFY_SOURCE=\d|-D_GLIBCXX_ASSERTIONS|/W[34X]|/Wall|/sdl"
    rf"|[-/]warnaserror(?::\S+)?|-Xlint(?::[\w,-]+)?|-Xfatal-warnings|-warnings-as-errors|-Xwerror"
    rf"|overflow-checks=(?:on|yes|true)|-strict-concurrency=\w+|-UNDEBUG"
    rf"|-[DF][\"',\s]+(?!_)(?:warnings|clippy::[\w:]+|unsafe[_-]code|rust[\w-]+|missing[_-]docs|unused\w*)){_END}"
)
LAX = re.compile(
    rf"{_START}(?:-w|-W(?:no-[\w-]+)|-fpermissive|-fno-(?:sanitize|stack-protector)[\w=,-]*|-DNDEBUG|/W0|/w|/wd\d+"
    rf"|-Xlint:none|-nowarn(?::\S+)?|/nowarn:\S+|-suppress-warnings|--cap-lints\s+\w+|-fno-sanitize-recover"
    rf"|-A[\"',\s]+(?:warnings|clippy::[\w:]+|unsafe[_-]code|unused\w*|dead_code)){_END}"
)
_OFF_IN_TESTS = re.compile(r"-Wno-(?:unused-command-line-argument|unknown-warning-option|deprecated-declarations)$")


def compiler_flags_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Strict flags that a build file no longer has anywhere, and lax ones that it did not have."""
    files = [file for file in rule_input.diff.files if path_patterns.matches(file.change.path, FILES)]
    elsewhere = " ".join(rule_input.new(file).text for file in files)
    for file in files:
        if file.change.status == "deleted":
            continue
        old, new = (_bare(file, text) for text in (rule_input.old(file).text, rule_input.new(file).text))
        gone = [each for each in _found(STRICT, old) if each not in elsewhere and not _stronger(each, new)]
        gone += [f"-fsanitize={each}" for each in _sanitizers(old) - _sanitizers(_bare(file, elsewhere))]
        come = [each for each in _found(LAX, new) if each not in _found(LAX, old) and not _OFF_IN_TESTS.match(each)]
        if file.change.status == "added":
            gone, come = [], [each for each in come if each in ("-w", "/w", "/W0", "-fpermissive")]
        if not gone and not come or requested(rule_input, [*gone, *come], None):
            continue
        what = [*(f"`{each}` is removed" for each in gone[:3]), *(f"`{each}` is added" for each in come[:3])]
        reason = (
            f"The compiler checks less: {', '.join(what)}. Warnings and errors go unnoticed. Restore it, or a person"
            " confirms it."
        )
        yield finding(RULE_OFF, file.change.path, line_of(file, "", come[0] if come else None), "flag", reason)


def _bare(file: FileDiff, text: str) -> str:
    """The text without comments, as far as the format has `#` or `//` for them."""
    return re.sub(r"(?m)^\s*(?:#(?!\[)|//|dnl\b).*$", "", text)


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(re.sub(r"[\"',\s]+", " ", match[0]) for match in pattern.finditer(text)))


def _stronger(flag: str, new: str) -> bool:
    """Whether the change has a flag that includes this one."""
    if flag in ("-Wall", "-Wextra", "-Wpedantic", "-pedantic", "/W3", "/W4"):
        return bool(re.search(r"-Weverything|/Wall|/W4|-pedantic-errors|warning_level", new)) and flag != "/W4"
    if match := re.match(r"-D_FORTIFY_SOURCE=(\d)", flag):
        return any(int(level) >= int(match[1]) for level in re.findall(r"-D_FORTIFY_SOURCE=(\d)", new))
    if flag.startswith("-fstack-protector"):
        return "-fstack-protector" in new
    if flag.startswith("-Werror="):
        return bool(re.search(rf"{_START}-Werror{_END}(?!=)", new))
    if flag.startswith("-Xlint"):
        return "-Xlint:all" in new or "-Xlint " in new
    match = re.match(r"(-W[a-z][\w-]*)=\d+", flag)
    return bool(match and match[1] in new)


def _sanitizers(text: str) -> set[str]:
    on: set[str] = set()
    for match in re.finditer(r"-fsanitize=([\w,-]+)|b_sanitize=([\w,-]+)", text):
        on |= {each for each in (match[1] or match[2]).split(",") if each and each != "none"}
    return on
