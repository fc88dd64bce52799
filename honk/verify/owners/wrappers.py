"""Takes off what stands before a program: `poetry run`, `npx`, `env A=b`, `xvfb-run`, `python -m`."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from honk.verify.owners import programs

_RAW = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+""", re.S)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_TAKES_VALUE = {
    "uv": r"--with(-requirements|-editable)?|--extra|--group|--only-group|--no-group|--python|-p|--package"
    r"|--directory|--project"
    r"|--env-file|--index\S*|--from|--no-extra|--resolution",
    "npx": r"-p|--package|-c|--call|-w|--workspace",
    "xvfb-run": r"-s|--server-args|-n|-e|-w",
    "timeout": r"-k|-s",
    "conda": r"-n|--name|-p|--prefix",
    "poetry": r"-C|--directory|-P|--project",
    "pnpm": r"--filter|-F|-C|--dir|--package",
    "coverage": r"--source|--rcfile|--omit|--include|--data-file|--context|--concurrency",
    "python3": r"-W|-X",
}
_DROPPED: tuple[tuple[str, ...], ...] = (
    ("sudo",), ("time",), ("nice",), ("command",), ("exec",), ("stdbuf",), ("xvfb-run",), ("env",), ("cross-env",),
    ("cross-env-shell",), ("nix", "develop"), ("rye", "run"), ("pipenv", "run"), ("poetry", "run"), ("mise", "exec"),
    ("mise", "x"), ("micromamba", "run"), ("conda", "run"), ("uv", "run"), ("uvx",), ("uv", "tool", "run"), ("pipx",
    "run"),
    ("npx",), ("pnpx",), ("bunx",), ("bun", "x"), ("npm", "exec"), ("pnpm", "exec"), ("pnpm", "dlx"), ("yarn", "exec"),
    ("yarn", "dlx"), ("dotenv",), ("winpty",), ("arch",), ("timeout",), ("volta", "run"), ("corepack",), ("doppler",
    "run"),
)  # fmt: skip
_KEPT: tuple[tuple[str, ...], ...] = (("bundle", "exec"), ("coverage", "run"), ("c8",), ("nyc",), ("dotenvx", "run"))
_PYTHON = re.compile(r"(?:\S*/)?(?:python|pypy)[\d.]*$")


@dataclass(frozen=True)
class CommandCall:
    """A plain command. `prefix` stays in front of `core`, which begins with the program; `env` are its assignments.

    `raw` gives for a word how it was written, with its quotes. `needs` are packages that the wrappers were asked for.
    """

    core: tuple[str, ...]
    prefix: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    raw: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    isolated: bool = False

    def text(self, core: Sequence[str] | None = None) -> str:
        """The command without what was taken off; with `core` in place of the original."""
        known = dict(self.raw)
        written = (*self.env, *self.prefix, *(self.core if core is None else core))
        return " ".join(known.get(word, word if word == "--" else shlex.quote(word)) for word in written)


def unwrap(text: str, words: Sequence[str]) -> CommandCall:
    """The command without its wrappers; `core` is empty where nothing is left."""
    raw = _RAW.findall(text)
    pairs = tuple(zip(words, raw, strict=True)) if len(raw) == len(words) else ()
    call = CommandCall(tuple(words), raw=pairs)
    for _ in range(10):
        shorter = _once(call)
        if shorter == call:
            break
        call = shorter
    return call


def _once(call: CommandCall) -> CommandCall:
    core = call.core
    if not core:
        return call
    if _ASSIGNMENT.match(core[0]):
        return replace(call, core=core[1:], env=(*call.env, core[0]))
    for names in _DROPPED:
        if _begins(core, names):
            return _dropped(call, names)
    for names in _KEPT:
        if _begins(core, names):
            return _kept(call, names)
    if _PYTHON.match(core[0]) and len(core) > 1:
        return _python(call)
    if core[0] == "php" and len(core) > 1 and not core[1].startswith("-"):
        return replace(call, prefix=(*call.prefix, "php"), core=core[1:])
    return call


def _begins(core: Sequence[str], names: tuple[str, ...]) -> bool:
    return tuple(core[: len(names)]) == names and len(core) > len(names)


def _options(core: Sequence[str], start: int, program: str) -> int:
    """The index of the first word after the options of a wrapper."""
    takes = _TAKES_VALUE.get(program, "$^")
    at = start
    while at < len(core) and core[at].startswith("-"):
        if core[at] == "--":
            return at + 1
        at += 2 if re.fullmatch(takes, core[at]) else 1
    return at


def _dropped(call: CommandCall, names: tuple[str, ...]) -> CommandCall:
    core = call.core
    program = {"uvx": "uv", "pnpx": "pnpm"}.get(names[0], names[0])
    start = _options(core, len(names), program)
    options = core[len(names) : start]
    needs = [
        value
        for name, value in zip(options, options[1:], strict=False)
        if name in ("--with", "--from", "-p", "--package")
    ]
    rest = list(core[start:])
    if names[0] == "timeout":
        rest = rest[1:]
    if names[0] == "nix" and "-c" in core:
        rest = list(core[core.index("-c") + 1 :])
    if program == "uv" and rest[:1] == ["-m"]:
        rest = ["python3", *rest]
    isolated = names in (
        ("uvx",),
        ("uv", "tool", "run"),
        ("pipx", "run"),
        ("npx",),
        ("bunx",),
        ("pnpm", "dlx"),
        ("yarn", "dlx"),
    )
    if isolated and rest:
        name, at, version = rest[0].lstrip("@").partition("@")
        name = f"@{name}" if rest[0].startswith("@") else name
        if at:
            needs.append(f"{name}=={version}" if program in ("uv", "pipx") and version != "latest" else name)
            rest[0] = name
        elif program in ("uv", "pipx"):
            needs.append(name)
    return replace(call, core=tuple(rest), needs=(*call.needs, *needs), isolated=call.isolated or isolated)


def _kept(call: CommandCall, names: tuple[str, ...]) -> CommandCall:
    core = call.core
    start = _options(core, len(names), names[0])
    if names == ("coverage", "run"):
        module = next((at for at, word in enumerate(core) if word == "-m"), 0)
        start = module + 1 if module else start
    kept = core[:start]
    return replace(call, core=core[start:], prefix=(*call.prefix, *kept))


def _python(call: CommandCall) -> CommandCall:
    """`python -m NAME` and `python FILE`; the program is then NAME or FILE."""
    core = call.core
    start = _options([*core], 1, "python3")
    options = [word for word in core[1:start] if word != "-m"]
    if start >= len(core):
        return call
    module = "-m" in core[1:start] or any(re.fullmatch(r"-[a-zA-Z]*m", word) for word in core[1:start])
    if not module and not programs.is_known(programs.base_name(core[start])) and not core[start].endswith(".py"):
        return call
    if core[start] == "coverage":
        return replace(call, core=core[start:])
    head = ("python3", *options, *(["-m"] if "-m" in core[1:start] else []))
    return replace(call, core=core[start:], prefix=(*call.prefix, *head))
