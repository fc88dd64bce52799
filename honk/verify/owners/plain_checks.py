"""A plain command as a check: in the form that only checks, with the build steps that it needs in front of it."""

import re
import shlex
from collections.abc import Sequence

from honk.verify.base import Listing
from honk.verify.owners import check_only, programs
from honk.verify.owners.step import Group, LeftOut, Meaning, OwnersCheck, OwnersStep
from honk.verify.owners.wrappers import CommandCall

_NATIVE_STEPS = re.compile(
    r"(?:cmake|meson|make|ninja|ctest|mkdir|autoreconf|aclocal|autoconf|automake|libtoolize|bazel|scons)\b"
    r"|(?:sh |bash )?\./(?:configure|autogen\.sh|bootstrap(?:\.sh)?|buildconf)\b"
)
_NATIVE = {"cmake", "meson", "make", "ninja", "ctest"}


def check(step: OwnersStep, call: CommandCall, group: Group, listing: Listing) -> list[Meaning]:
    tool = programs.base_name(call.core[0])
    try:
        core = check_only.form(call.core)
    except ValueError as error:
        return [LeftOut(step, str(error))]
    if tool == "prettier" and "$" in " ".join(core):
        return []
    if _only_lists(tool, core):
        return [LeftOut(step, "prints without failing")]
    if tool == "sphinx-build" and _links_other_docs(listing):
        return [LeftOut(step, "reads the documentation of other projects from the internet")]
    command = call.text(core)
    python = call.isolated and not re.search(r"\b(npx|bunx|pnpm|yarn)\b", step.text)
    return [OwnersCheck(group, tool, native(step, command, listing), step, call.needs if python else ())]


def _links_other_docs(listing: Listing) -> bool:
    return any(
        "intersphinx_mapping" in listing.text(path) for path in ("docs/conf.py", "doc/conf.py", "docs/source/conf.py")
    )


def _only_lists(tool: str, core: Sequence[str]) -> bool:
    return tool in ("gofmt", "goimports", "gofumpt") or "--exit-zero" in core or "--listTests" in core


def native(step: OwnersStep, command: str, listing: Listing) -> str:
    """A command that builds on earlier steps of its script (CMake, Make, Meson), with these in front of it."""
    tool = programs.base_name(step.words[0]) if step.words else ""
    base = existing_folder(step.folder, listing)
    if tool not in _NATIVE:
        return command if base == step.folder else f"cd {shlex.quote(_below(step.folder, base))} && {command}"
    parts: list[str] = []
    for earlier in step.before:
        if not earlier.words or not _NATIVE_STEPS.match(earlier.text) or "install" in earlier.words:
            continue
        if programs.group_of(earlier.words) == "test" or _names_a_target(earlier.words):
            continue
        if _within(earlier.folder, base):
            parts.append(_at(earlier.text, _below(earlier.folder, base)))
    needed = [part for part in dict.fromkeys(parts) if part != command]
    below = _below(step.folder, base)
    if below and not any(f"mkdir -p {below}" in part or f"mkdir {below}" in part for part in needed):
        needed.insert(0, f"mkdir -p {below}")
    needed = [re.sub(r"^mkdir (?!-p)", "mkdir -p ", part) for part in needed]
    return " && ".join([*needed, _at(command, below)])


def _names_a_target(words: Sequence[str]) -> bool:
    """Whether it is `make lint` or the like, which builds nothing for later steps."""
    targets = [word for word in words[1:] if not word.startswith("-") and "=" not in word and not word.isdigit()]
    return words[0] in ("make", "ninja") and bool(set(targets) - {"all", "build"}) and "-C" not in words


def _at(command: str, folder: str) -> str:
    return f"(cd {shlex.quote(folder)} && {command})" if folder else command


def existing_folder(folder: str, listing: Listing) -> str:
    """The innermost folder on the way to `folder` that the repository has."""
    while not listing.has_folder(folder):
        folder = folder.rpartition("/")[0]
    return folder


def _within(folder: str, base: str) -> bool:
    return not base or folder == base or folder.startswith(f"{base}/")


def _below(folder: str, base: str) -> str:
    return folder.removeprefix(base).lstrip("/")
