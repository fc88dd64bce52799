"""What starts a run of CI, and with which versions it runs."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.ci_config.ci_commands import commands_of, elements, parent_of
from honk.verify.rules.ci_config.ci_finding import checks_less
from honk.verify.syntax import commands
from honk.verify.syntax.settings import Settings

PATH_FILTERS = ("paths-ignore", "paths", "branches-ignore", "exclude", "types")
_NO_PROGRAM = re.compile(r"\.(?:md|rst|txt|adoc|png|svg)$|docs?/|LICENSE|\.github/ISSUE|CHANGELOG|README")


def paths_left_out(file: FileDiff, key: str, old: Settings, new: Settings) -> Iterator[Finding]:
    was, now, last = old.get(key), new[key], key.rsplit(".", 1)[-1]
    parents = {parent_of(each, each) for each in old} | {"on"} | trigger_keys(old)
    if not re.match(r"(?:on|trigger|workflow)\.?", key) or parent_of(key) not in parents:
        return
    had = elements(was)
    gained = [str(each) for each in elements(now) if each not in had and not _NO_PROGRAM.search(str(each))]
    if gained and not (last == "paths" and was is not None):
        yield checks_less(
            file, key, now, "flag", f"CI no longer runs for every change ({last}: {', '.join(gained[:3])})"
        )


def trigger_keys(found: Settings) -> set[str]:
    value = found.get("on")
    listed = value if isinstance(value, tuple) else (value,)
    return {f"on.{each}" for each in listed if each} | {key for key in found if key.startswith("on.")}


def triggers_changed(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    if not any(map(commands.tools, commands_of(new))):
        return
    one, other = event_names(old), event_names(new)
    gone = one & {"push", "pull_request", "merge_group", "schedule"} - other
    if one and other and gone and not (gone == {"push"} and "pull_request" in other) and gone != {"schedule"}:
        yield checks_less(file, "on", None, "flag", f"CI no longer runs on {', '.join(sorted(gone))}")
    for event in ("push", "pull_request"):
        was, now = old.get(f"on.{event}.branches"), new.get(f"on.{event}.branches")
        had = set(was) if isinstance(was, tuple) else {was} - {None}
        has = set(now) if isinstance(now, tuple) else {now} - {None}
        lost = {each for each in had - has if not any(_covers(str(one), str(each)) for one in has)} if has else set()
        if event in one & other and (
            (had and lost and len(has) < len(had))
            or (
                not had
                and has
                and f"on.{event}.branches" in new
                and "**" not in has
                and event == "pull_request"
                and has != {"main"}
            )
        ):
            yield checks_less(
                file, f"on.{event}.branches", now, "flag", f"CI runs for fewer branches on {event} than before"
            )


def _covers(pattern: str, branch: str) -> bool:
    """Whether the pattern matches every branch that `branch`, a name or a pattern, stands for."""
    return (
        pattern in ("**", branch)
        or (pattern == "*" and "/" not in branch)
        or branch.startswith(pattern.removesuffix("**") if pattern.endswith("/**") else "\0")
    )


def event_names(found: Settings) -> set[str]:
    value = found.get("on")
    listed = value if isinstance(value, tuple) else (value,)
    return {str(each) for each in listed if each} | {key.split(".")[1] for key in found if key.startswith("on.")}


_SHARD = re.compile(r"--shard[= ](\S*?\$\{\{\s*matrix\.([\w-]+)\s*\}\}|\$\S+?)/(\d+)")


def shards_left_out(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Tests that are split into more parts than the matrix of the job starts."""
    known = list(commands_of(old))
    for each in commands_of(new):
        match = _SHARD.search(each)
        if match is None or each in known:
            continue
        lists = [value for key, value in new.items() if match[2] and key.endswith(f".matrix.{match[2]}")]
        if not any(len(set(elements(value))) >= int(match[3]) for value in lists):
            yield checks_less(file, "", each, "flag", f"CI does not show that all {match[3]} parts of the tests run")


def matrix_reduced(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    for key, was in old.items():
        now = new.get(key)
        if (
            ".matrix." in key
            and isinstance(was, tuple)
            and isinstance(now, tuple)
            and len(now) < len(was)
            and set(now) < set(was)
        ):
            gone = [each for each in was if each not in now]
            versions = [re.findall(r"\d+", str(each)) for each in was]
            kept = [list(map(int, re.findall(r"\d+", str(each)))) for each in now]
            plain = all(
                re.fullmatch(r"[a-z-]*v?\d+(?:\.\d+)*", str(each))
                and len({re.sub(r"[\d.]", "", str(other)) for other in was}) == 1
                for each in was
            )
            oldest = (
                plain
                and all(versions)
                and all(list(map(int, re.findall(r"\d+", str(each)))) < min(kept) for each in gone)
            )
            if not oldest:
                yield checks_less(file, key, now, "flag", f"CI no longer runs with {', '.join(map(str, gone[:3]))}")
