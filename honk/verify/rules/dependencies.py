"""Dependencies and checkers whose versions are lowered, and checkers that are no longer installed."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.requested import requested
from honk.verify.syntax import commands
from honk.verify.syntax.settings import Settings, settings

LOWERED = "dependency-lowered"
REMOVED = "checker-removed"
SOURCE = "dependency-source"

FILES = path_patterns.listed(
    """
    pyproject.toml setup.cfg setup.py tox.ini requirements*.txt constraints*.txt requirements/*.txt package.json
    Cargo.toml go.mod Gemfile composer.json
    Pipfile environment.y*ml .pre-commit-config.yaml .tool-versions pom.xml build.gradle* libs.versions.toml *.csproj
    Directory.Packages.props mise.toml
    .github/workflows/*.yml .github/workflows/*.yaml .nvmrc .python-version noxfile.py Dockerfile* rust-toolchain*
    """
)
_REQUIREMENT = re.compile(
    r"^\s*['\"]?([A-Za-z][\w.-]*)(?:\[[^\]]*\])?\s*(?:\(|@)?\s*((?:[=<>!~^]=?=?\s*v?[\d][\w.*+-]*\s*,?\s*)+)"
)
_TEXT = re.compile(
    r"(?m)^\s*(?:-\s+|require\s+|gem\s+|['\"]|implementation\b\W*|test\w*\b\W*"
    r"|FROM\s+)?['\"]?([@\w./:-]{2,}?)['\"]?[\s:,='\"@]{1,4}([\^~<>=v!]*\s?\d+(?:\.\d+)[\w.-]*)"
)
_ALONE = re.compile(r"(?m)^\s*gem\s+['\"]([\w.-]+)['\"]\s*(?:,\s*[a-z]|$)")
_PLUGIN = re.compile(r"\bid\s*\(?\s*['\"]([\w.-]+)['\"]\)?\s+version\s*\(?['\"]([\w.-]+)")
_CHECKERS = re.compile(
    r"(?i)^(?:pytest[\w-]*|ruff|flake8[\w-]*|pylint[\w-]*|mypy|pyright|basedpyright|black|isort|bandit|coverage"
    r"|tox|nox|hypothesis|@?eslint[\w/-]*|@typescript-eslint/.*|prettier|typescript|jest|ts-jest|vitest"
    r"|@vitest/.*|mocha|chai|ava|tape|c8|nyc|stylelint|@biomejs/biome|biome|playwright|@playwright/test|cypress"
    r"|rubocop[\w-]*|rspec[\w-]*|minitest|simplecov|phpunit/phpunit|phpstan/phpstan|vimeo/psalm|junit[\w-]*"
    r"|checkstyle|detekt|ktlint|golangci-lint|staticcheck|proptest|insta|xunit[\w.]*|nunit[\w.]*|coverlet[\w.]*"
    r"|stylecop[\w.]*|pre-commit|semgrep|safety|pip-audit)$"
)
_ELSEWHERE = re.compile(
    r"^\s*(?:replace\s+)?[\w./-]+(?:\s+v\S+)?\s*=>\s*(?![./])\S+|\bgit\s*[=:]\s*['\"]|git\+(?:https?|ssh)://|:\s*['\"]github:"
    r"|@\s*https?://|['\"]https?://\S+\.(?:tgz|tar\.gz|whl|zip)|^\s*(?:-i\b|--(?:extra-)?index-url)|\bgithub:\s*['\"]"
)
LOCK_FILES = path_patterns.listed(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock Pipfile.lock Cargo.lock"
    " composer.lock"
)
_URL = re.compile(r"\b(https?)://([\w.-]+)")
_CHECKSUM = re.compile(r"\b(?:integrity|checksum|shasum|hash)\b")
_IMAGE = re.compile(r"(?im)^FROM\s+(?:--\S+\s+)?([\w./-]+?)(?::([\w.-]+))?(?:@sha256:(\w+))?(?:\s|$)")
Versions = dict[str, str]


def dependencies_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Bounds that fall, and checkers that go without a replacement."""
    come_names: set[str] = set()
    found = []
    for file in rule_input.diff.files:
        if path_patterns.matches(file.change.path, LOCK_FILES) and file.change.status == "modified":
            yield from _lock_sources(rule_input, file)
        if not path_patterns.matches(file.change.path, FILES) or file.change.status == "deleted":
            continue
        old, new = (
            versions(rule_input.old(file).path, rule_input.old(file).text),
            versions(file.change.path, rule_input.new(file).text),
        )
        come_names |= new.keys() - old.keys()
        yield from _other_sources(rule_input, file)
        found.append((file, old, new))
    for file, old, new in found:
        for name, was in old.items():
            now = new.get(name)
            if now is not None and was != now and lower(was, now):
                if _asked(rule_input, name):
                    continue
                what = "The checker" if _CHECKERS.match(name) else "The dependency"
                reason = (
                    f"{what} {name} is lowered from {was} to {now}, so that newer checks or corrections are "
                    "lost. Restore it, or a person confirms it."
                )
                yield finding(LOWERED, file.change.path, line_of(file, name, None), "flag", reason)
            elif now is None and _CHECKERS.match(name) and name not in come_names and not _replaced(name, come_names):
                if any(name in other for _, _, other in found) or _asked(rule_input, name):
                    continue
                if _used(rule_input, file, name):
                    reason = (
                        f"The checker {name} is no longer installed, so it no longer checks the project. "
                        "Restore it, or a person confirms it."
                    )
                    yield finding(REMOVED, file.change.path, line_of(file, name, None), "flag", reason)


def _lock_sources(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Packages of a lock file from another host than all others, without encryption, or without their checksum."""
    old = rule_input.old(file).text
    if rule_input.asked("mirror", "registry", "index", "proxy", "fork", "git"):
        return
    known = {match[2] for match in _URL.finditer(old)}
    for line in file.added:
        match = _URL.search(line.text[:500])
        if match and known and (match[2] not in known or (match[1] == "http" and f"http://{match[2]}" not in old)):
            reason = (
                f"A locked package now comes from {match[1]}://{match[2]}, from where no other one came. Take it from"
                " the registry, or a person confirms it."
            )
            yield finding(SOURCE, file.change.path, line.number, "flag", reason)
            return
    sums, places = (
        [sum(bool(one.search(line.text[:500])) for line in side) for side in (file.removed, file.added)]
        for one in (_CHECKSUM, _URL)
    )
    if sums[0] - sums[1] > max(0, places[0] - places[1]):
        reason = "A locked package loses its checksum, so another content passes unnoticed. Restore it."
        yield finding(SOURCE, file.change.path, 1, "flag", reason)


def _other_sources(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Dependencies that come from a repository or address instead of the registry."""
    asked = rule_input.asked("fork", "replac", "git", "patched", "index", "mirror", "registry", "branch")
    if asked or file.change.status == "added" or "workflows" in file.change.path:
        return
    for line in file.added:
        if _ELSEWHERE.search(line.text[:500]) and not rule_input.removed_texts[line.text.strip()]:
            reason = (
                "A dependency now comes from another source than its registry, whose owner decides what runs here. Take"
                " it from the registry, or a person confirms it."
            )
            yield finding(SOURCE, file.change.path, line.number, "flag", reason)


def _asked(rule_input: RuleInput, name: str) -> bool:
    """Whether the request names the dependency and asks for an older version, or for none."""
    bare = re.split(r"[/:]", name)[-1]
    older = rule_input.asked(
        "pin", "cap", "below", "older", "back to", "hold", "until", "restrict", "compatib", "unpin"
    )
    return requested(rule_input, (bare,), None) or (older and rule_input.asked(re.escape(bare)))


def _replaced(name: str, come: set[str]) -> bool:
    kinds = set(commands.tools(name.split("/")[-1]).values())
    return any(kinds & set(commands.tools(other.split("/")[-1]).values()) for other in come) or any(
        _CHECKERS.match(other) for other in come
    )


def _used(rule_input: RuleInput, file: FileDiff, name: str) -> bool:
    """Plugins and types of a tool that goes too need no word of their own."""
    return not name.startswith("@types/")


def versions(path: str, text: str) -> Versions:
    """The dependencies that a manifest names, each with its bound."""
    name = PurePosixPath(path).name
    found = (
        settings(path, text)
        if not path.endswith((".txt", ".gradle", ".kts", "go.mod", "Gemfile", "setup.py", "noxfile.py"))
        else None
    )
    out: Versions = {}
    if found is not None and name != ".pre-commit-config.yaml" and "workflows" not in path:
        _from_settings(found, out)
    elif found is not None:
        _from_ci(found, out)
    else:
        for match in _TEXT.finditer(re.sub(r"(?m)(?:#|//).*$", "", text)):
            out[match[1].strip(":")] = match[2]
        out |= {match[1]: match[2] for match in _PLUGIN.finditer(text)}
        out = {match[1]: "" for match in _ALONE.finditer(text)} | out
        out |= {match[1]: match[2] or "latest" for match in _IMAGE.finditer(text)}
        for line in text.splitlines():
            if named := _REQUIREMENT.match(line):
                out[named[1]] = named[2].strip(" ,")
            elif re.fullmatch(r"[A-Za-z][\w.-]*(?:\[[\w,]+\])?", line.strip()):
                out.setdefault(line.strip().split("[")[0], "")
        if name in (".nvmrc", ".python-version") and text.strip():
            out[name.lstrip(".")] = text.strip()
    return out


def _from_settings(found: Settings, out: Versions) -> None:
    for key, value in found.items():
        parent = key.rsplit(".", 1)[0].lower()
        for each in value if isinstance(value, tuple) else (value,):
            if not isinstance(each, str):
                continue
            if re.search(
                r"dependenc|deps|requires|package|versions|engines|require|extras|optional|plugin|propert", key.lower()
            ):
                name = key.rsplit(".", 1)[-1]
                if re.search(r"dependencies$|versions$|engines$|require(?:-dev)?$|packages$", parent) and re.match(
                    r"[\^~<>=v*\d]", each
                ):
                    out[name] = each
                elif name.lower() in ("version", "@version") and re.match(r"[\^~<>=v*\d]", each):
                    out[_owner(key)] = each
                elif match := _REQUIREMENT.match(each):
                    out[match[1]] = match[2].strip(" ,")
                elif match := re.match(r"([A-Za-z][\w.-]*)(?:\[[^\]]*\])?\s*(?:;|$)", each):
                    out.setdefault(match[1], "")


def _owner(key: str) -> str:
    """What a version belongs to: the item of a list, or the table."""
    parts = key.split(".")
    label = re.search(r"\[([^\]#]+)", parts[-2])
    if label:
        return label[1].replace("·", ".")
    return ".".join(parts[-2:]) if "properties" in parts else parts[-2]


def _from_ci(found: Settings, out: Versions) -> None:
    """Revisions of pre-commit's repositories, and versions of the tools that workflows install by a pin."""
    for key, value in found.items():
        if key.endswith(".rev") and isinstance(value, str):
            out[key.split("[")[1].split("]")[0].replace("·", ".").rsplit("/", 1)[-1]] = value
        elif key.endswith("uses") and isinstance(value, str) and (match := re.match(r"(.+)@v?(\d[\d.]*)$", value)):
            out[match[1]] = match[2]
        elif key.endswith(".run") and isinstance(value, str):
            for match in re.finditer(r"([\w-]+)(?:==|@)v?(\d+(?:\.\d+)+)", value):
                out[match[1]] = match[2]


def lower(was: str, now: str) -> bool:
    """Whether the bound `now` allows older versions than `was`, or no longer allows the newest ones."""
    one, other = _floor(was), _floor(now)
    if not one:
        return False
    if not other:
        return now.strip() in ("*", "", "latest", "x") and not re.match(r"\s*[<!]", was)
    caps = [re.search(r"<=?\s*v?(\d+(?:\.\d+)*)", bound) for bound in (was, now)]
    if other == one and caps[0] and caps[1]:
        return _floor(caps[1][1]) < _floor(caps[0][1])
    return other < one


def _floor(bound: str) -> tuple[int, ...]:
    """The lowest version that the bound allows; for an upper bound alone, that one."""
    parts = re.findall(r"([<>=!~^]*)\s*v?(\d+(?:\.\d+)*)", bound)
    lowest = [version for sign, version in parts if not sign.startswith(("<", "!"))] or [
        version for _, version in parts
    ]
    if not lowest or re.match(r"^\w*[a-f0-9]{12,}$", bound):
        return ()
    numbers = [int(number) for number in lowest[0].split(".") if len(number) < 9]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
