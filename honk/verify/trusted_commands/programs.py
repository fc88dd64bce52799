"""Which files of the repository one shell command runs: scripts, modules, targets, tasks and package scripts."""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from honk.verify.base import Listing
from honk.verify.syntax.settings import parsed
from honk.verify.trusted_commands import build_files
from honk.verify.trusted_commands.shell_commands import UNKNOWN, ShellCommand

_SHELLS = re.compile(r"(?:sh|bash|zsh|dash|ksh|ash|fish|source|\.|pwsh)$")
_INTERPRETERS = re.compile(r"(?:python|pypy|node|ruby|perl|php|deno|bun|tsx|ts-node|Rscript|lua)[\d.]*$")
_WRAPPERS = re.compile(
    r"(?:exec|sudo|doas|env|time|nohup|command|builtin|setsid|nice|ionice|stdbuf|timeout|xargs|dotenv|chronic|retry"
    r"|xvfb-run|then|do|else|if|while|until|!|\{|\()$"
)
_RUN_TOOLS = re.compile(r"(?:uv|poetry|pipenv|pdm|hatch|rye|bundle|npx|pnpx|bunx|mise|direnv)$")
_LASTING = re.compile(r"(?:nohup|setsid|systemd-run|daemonize)$")
_PACKAGE_MANAGERS = re.compile(r"(?:npm|pnpm|yarn|bun)$")
_VALUE_OPTIONS = re.compile(r"-[WXuCgrlIE]$|--(?:require|import|loader|env-file|user|group|with|python|package)$")
_TESTS = re.compile(
    r"(?:^|/)(?:pytest|py\.test|unittest|jest|mocha|vitest|ava|rspec|phpunit|tap|tape|coverage|tox|nox|honk)$"
)
_READERS: dict[str, tuple[str, ...]] = {
    "docker": ("Dockerfile", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
    "docker-compose": ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
    "podman": ("Containerfile", "Dockerfile"),
    "kubectl": (),
    "kustomize": ("kustomization.yaml",),
    "ansible-playbook": ("ansible.cfg",),
    "terraform": ("*.tf",),
    "tofu": ("*.tf",),
    "pulumi": ("Pulumi.yaml",),
    "helm": (),
    "fly": ("fly.toml",),
    "flyctl": ("fly.toml",),
    "wrangler": ("wrangler.toml",),
    "serverless": ("serverless.yml",),
    "sam": ("template.yaml", "samconfig.toml"),
    "cap": ("Capfile", "config/deploy.rb"),
    "kamal": ("config/deploy.yml",),
    "fab": ("fabfile.py",),
    "invoke": ("tasks.py",),
    "inv": ("tasks.py",),
    "rake": ("Rakefile",),
    "nox": ("noxfile.py",),
    "gradlew": ("build.gradle", "build.gradle.kts"),
    "ssh": (),
    "envsubst": (),
}
"""Programs that read their orders from files that they are given, and the files that they read by themselves."""

_ORDERS = re.compile(
    r"\.(?:sh|bash|py|rb|[cm]?js|ts|pl|php|ps1|mk|ya?ml|tf|json|toml|service|j2|tpl)$|(?:^|/)Dockerfile"
)


@dataclass(frozen=True)
class Use:
    """A file that a command runs. `entry`: its target or script, empty for the whole file. `build`: the entry's
    commands. `missing`: the file is not there, and would be run if it were added. `text`: shell text to read on."""

    path: str = ""
    entry: str = ""
    build: build_files.BuildEntry | None = None
    missing: bool = False
    text: str = ""


@dataclass(frozen=True)
class Place:
    """Where a command is written: the base, the folder of the script, and whether files that are only read count.
    `installed` gives `console_scripts`."""

    base: Listing
    script_folder: str
    reads: bool
    installed: Callable[[], Mapping[str, str]]


def used_files(place: Place, command: ShellCommand) -> tuple[tuple[Use, ...], bool]:
    """What the command runs, and whether the shell waits for it (a server that keeps running is the program itself)."""
    words, lasting = _unwrapped(command.words)
    uses = [use for file in command.inputs for use in _files(place, command.folder, file)]
    if words:
        uses += _of_program(place, command, words)
    return tuple(uses), lasting or command.lasting


def _unwrapped(words: tuple[str, ...]) -> tuple[list[str], bool]:
    """The words from the program on that `env`, `sudo`, `uv run` and the like start."""
    left, lasting, wrapped = list(words), False, False
    while left:
        head = posixpath.basename(left[0])
        if _RUN_TOOLS.match(head) and len(left) > 1:
            at = next((index for index, word in enumerate(left) if word in ("run", "exec", "x", "--")), 0)
            if not at and head not in ("npx", "pnpx", "bunx"):
                break
            left = left[at + 1 :]
        elif _WRAPPERS.match(head):
            left = left[1:]
        elif not re.match(r"-|\w+=|\d+[smhd]?$", left[0]) or not wrapped:
            break
        else:
            left = left[2:] if _VALUE_OPTIONS.match(left[0]) else left[1:]
        wrapped = True
        lasting = lasting or bool(_LASTING.match(head))
    return left, lasting


def _of_program(place: Place, command: ShellCommand, words: list[str]) -> Iterator[Use]:
    head, folder, base = posixpath.basename(words[0]), command.folder, place.base
    if _TESTS.search(words[0]):
        return
    if _SHELLS.match(head):
        yield from _shell(place, command, words)
    elif head in ("eval", "trap"):
        yield Use(text=" ".join(words[1:] if head == "eval" else words[1:2]))
    elif _INTERPRETERS.match(head):
        yield from _interpreter(place, folder, words)
        if _PACKAGE_MANAGERS.match(head):
            yield from _package_script(place, folder, words)
    elif head in ("make", "gmake", "just", "task", "go-task"):
        yield from _build(base, folder, head, words)
    elif _PACKAGE_MANAGERS.match(head):
        yield from _package_script(place, folder, words)
    elif "/" in words[0] or UNKNOWN in words[0]:
        yield from _files(place, folder, words[0])
    elif module := place.installed().get(head):
        yield Use(module)
    if head in _READERS and place.reads:
        yield from _orders(place, folder, head, words)


def _shell(place: Place, command: ShellCommand, words: list[str]) -> Iterator[Use]:
    for index, word in enumerate(words[1:], 1):
        if re.match(r"[-+]\w*c$", word) and index + 1 < len(words):
            yield Use(text=words[index + 1])
            return
        if not word.startswith(("-", "+")):
            yield from _files(place, command.folder, word)
            return
    if command.stdin_text:
        yield Use(text=command.stdin_text)


def _interpreter(place: Place, folder: str, words: list[str]) -> Iterator[Use]:
    at = 1
    while at < len(words):
        word = words[at]
        if word == "-m" and at + 1 < len(words):
            if not _TESTS.search(words[at + 1]):
                yield from _module(place.base, folder, words[at + 1])
            return
        if word in ("-c", "-e", "--eval", "-p"):
            return
        if word in ("test", "run", "--test") and not _there(place.base, folder, word):
            if word != "run":
                return
        elif _VALUE_OPTIONS.match(word) and at + 1 < len(words):
            yield from _files(place, folder, words[at + 1], missing=False)
            at += 1
        elif not word.startswith("-"):
            if not _TESTS.search(word):
                yield from _files(place, folder, word)
            return
        at += 1


def _module(base: Listing, folder: str, module: str) -> Iterator[Use]:
    inside = module.replace(".", "/")
    for start in dict.fromkeys((folder, "", "src")):
        stem = posixpath.join(start, inside)
        found = [each for each in (f"{stem}.py", f"{stem}/__main__.py", f"{stem}/__init__.py") if each in base.paths]
        if found:
            yield from map(Use, found)
            return


def console_scripts(base: Listing) -> dict[str, str]:
    """The programs that pyproject.toml and package.json install, by name, each with its file in the repository."""
    found: dict[str, str] = {}
    for file, key in (("pyproject.toml", "project"), ("package.json", "bin")):
        data = parsed(file, base.text(file)) if file in base.paths else None
        table = data.get(key) if isinstance(data, dict) else None
        scripts = table.get("scripts") if key == "project" and isinstance(table, dict) else table
        for name, target in scripts.items() if isinstance(scripts, dict) else ():
            stem = str(target).removeprefix("./")
            stem = stem.split(":")[0].replace(".", "/") if key == "project" else stem
            files = (stem, f"{stem}.py", f"src/{stem}.py", f"{stem}/__init__.py", f"src/{stem}/__init__.py")
            found[str(name)] = base.first(files)
    return found


def _build(base: Listing, folder: str, head: str, words: list[str]) -> Iterator[Use]:
    names = {"just": build_files.JUSTFILES, "task": build_files.TASKFILES, "go-task": build_files.TASKFILES}
    wanted, file, at = [], "", 1
    while at < len(words):
        option, _, value = words[at].partition("=")
        if option in ("-C", "--directory", "-d", "--dir", "--working-directory") or words[at].startswith("-C"):
            inside = (
                words[at][2:] if words[at].startswith("-C") and len(words[at]) > 2 else value or words[at + 1 :][:1]
            )
            folder = posixpath.normpath(posixpath.join(folder, inside if isinstance(inside, str) else "".join(inside)))
            at += 0 if value or words[at][2:] and words[at].startswith("-C") else 1
        elif option in ("-f", "--file", "--makefile", "--justfile", "-t", "--taskfile"):
            file = value or "".join(words[at + 1 :][:1])
            at += 0 if value else 1
        elif not words[at].startswith("-") and "=" not in words[at]:
            wanted.append(words[at])
        at += 1
    folder = "" if folder == "." else folder
    known = names.get(head, build_files.MAKEFILES)
    candidates = [posixpath.normpath(posixpath.join(folder, each)) for each in ([file] if file else known)]
    found = base.first(candidates)
    if not found:
        yield from (Use(each, missing=True) for each in candidates)
        return
    yield from (Use(each, missing=True) for each in candidates[: candidates.index(found)])
    read = build_files.tasks if known is build_files.TASKFILES else build_files.make_targets
    yield from (Use(each.path, each.name, each) for each in read(base, found, wanted))


def _package_script(place: Place, folder: str, words: list[str]) -> Iterator[Use]:
    rest, at = [], 1
    while at < len(words):
        option, _, value = words[at].partition("=")
        if option in ("--prefix", "-C", "--cwd", "--dir"):
            folder = posixpath.normpath(posixpath.join(folder, value or "".join(words[at + 1 :][:1])))
            at += 0 if value else 1
        elif not words[at].startswith("-"):
            rest.append(words[at])
        at += 1
    named = [word for word in rest if word not in ("run", "run-script")]
    aliases = {"t": "test", "tst": "test", "ci": "install", "i": "install", "clean-install": "install"}
    name = aliases.get(named[0], named[0]) if named else "install"
    file = posixpath.join("" if folder == "." else folder, "package.json")
    yield from (Use(each.path, each.name, each) for each in build_files.package_scripts(place.base, file, name))


def _orders(place: Place, folder: str, head: str, words: list[str]) -> Iterator[Use]:
    """Files and folders of files that a deploy tool is given, and those that it reads by itself."""
    named = 0
    for word in words[1:]:
        value = word.partition("=")[2] if word.startswith("-") and "=" in word else word.lstrip("@")
        resolved = _there(place.base, folder, value)
        below = [
            path for path in place.base.paths if value not in (".", "") and path.startswith(f"{value.strip('./')}/")
        ]
        orders = [path for path in (resolved, *sorted(below)) if path and _ORDERS.search(path)]
        named += len(orders)
        yield from map(Use, orders)
    for name in _READERS[head]:
        yield from _files(place, folder, name, missing=not named and "*" not in name)


def _files(place: Place, folder: str, word: str, *, missing: bool = True) -> Iterator[Use]:
    """The file that `word` names; with a pattern or an unknown part, all that match it."""
    base, bare = place.base, word.lstrip(UNKNOWN)
    relative = bare.lstrip("/") if word.startswith(UNKNOWN) else bare
    if not relative or relative.startswith(("/", "~", "http:", "https:")) or relative == UNKNOWN:
        return
    places = (place.script_folder, folder, "") if word.startswith(UNKNOWN) else (folder, place.script_folder, "")
    candidates = [posixpath.normpath(posixpath.join(each, relative)) for each in dict.fromkeys(places)]
    if UNKNOWN in relative or re.search(r"[*?\[]", relative):
        patterns = [each.replace(UNKNOWN, "*") for each in candidates if each.strip(f"{UNKNOWN}*/.")]
        found = [path for path in sorted(base.paths) if any(fnmatch.fnmatch(path, each) for each in patterns)]
        yield from map(Use, found)
        yield from (Use(each, missing=True) for each in patterns[: 1 if missing else 0])
        return
    if found_one := base.first(candidates):
        yield Use(found_one)
    elif missing and _ORDERS.search(relative):
        yield from (Use(each, missing=True) for each in candidates if not each.startswith(".."))


def _there(base: Listing, folder: str, word: str) -> str:
    return base.first(posixpath.normpath(posixpath.join(each, word)) for each in (folder, "")) if word else ""
