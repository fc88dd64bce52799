"""Steps that call a task runner (make, npm run, tox, nox, hatch, pre-commit, a script of the repository), followed."""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace

from honk.verify.base import Listing
from honk.verify.owners import nox, plain_checks, pre_commit, programs, shell_script, task_runners, tox
from honk.verify.owners.plain_checks import existing_folder, native
from honk.verify.owners.step import Install, LeftOut, Meaning, OwnersCheck, OwnersStep
from honk.verify.owners.wrappers import CommandCall

Follow = Callable[[Sequence[str], OwnersStep], list[Meaning]]
"""What the given shell lines mean, which a step runs."""

_SCRIPT = re.compile(r"(?:\./|\S+/)?[\w.-]+(?:/[\w.-]+)*")
_JS_MANAGERS = ("npm", "pnpm", "yarn", "bun")
_PYTHON_RUNNERS = ("hatch", "pdm", "poe", "task", "pipenv", "pixi")


def expand(step: OwnersStep, call: CommandCall, listing: Listing, follow: Follow) -> list[Meaning] | None:
    """What the task behind the call means; None where the call is no task runner's."""
    folder = existing_folder(step.folder, listing)
    here = listing.under(folder) if folder else listing
    core = call.core
    program = programs.base_name(core[0])
    if program in _JS_MANAGERS:
        return _javascript(step, call, here, listing, follow)
    if program in ("make", "just"):
        return _targets(step, call, program, here, listing, follow)
    if program in ("task", "go-task") and here.first(task_runners.TASKFILES):
        return _taskfile(step, call, here, listing, follow)
    if program in ("tox", "tox-uv"):
        return _tox(step, core, here, listing, follow)
    if program == "nox":
        return _nox(step, core, here, listing, follow)
    if program == "pre-commit":
        return _pre_commit(step, core, here, listing, follow) if "run" in core else []
    if program in _PYTHON_RUNNERS:
        return _python_task(step, call, program, here, follow)
    if program == "composer" and len(core) > 1:
        return _composer(step, call, here, listing, follow)
    return _script(step, call, here, listing, follow)


def _runner(
    step: OwnersStep, call: CommandCall, name: str, lines: Sequence[str] | None, listing: Listing, follow: Follow
) -> list[Meaning]:
    """The check that calls the task `name`; its own commands instead where it writes, installs or bundles checks."""
    group = programs.group_by_name(name)
    inner = follow(lines, step) if lines is not None else []
    left = [each for each in inner if isinstance(each, LeftOut)]
    if left and not any(isinstance(each, OwnersCheck) for each in inner):
        return [LeftOut(step, left[0].reason)]
    checks = [each for each in inner if isinstance(each, OwnersCheck)]
    groups = {each.group for each in checks}
    installs = any(isinstance(each, Install) for each in inner) or _needs_more(lines or ())
    bundles = len(groups) > 1 and (group is None or name in ("check", "checks", "ci", "validate", "verify"))
    writes = any(_writes(line, checks) for line in lines or ())
    if (group is None or installs or bundles or writes) and (lines is not None):
        return [*checks, *(each for each in inner if isinstance(each, Install)), *left]
    if group is None:
        return []
    if checks and group not in groups:
        group = checks[0].group
    tool = checks[0].tool if checks else programs.base_name(call.core[0])
    return [OwnersCheck(group, tool, native(step, call.text(), listing), step, call.needs, "\n".join(lines or ()))]


def _needs_more(lines: Sequence[str]) -> bool:
    return any(re.search(r"\b(docker|podman|sudo|curl|wget|git (pull|clone|submodule))\b", line) for line in lines)


_WRITES = re.compile(r"(?<!\S)(?:--write|--fix(?:=\S+)?|--autocorrect\S*|spotlessApply|--apply)(?!\S)")
_WRITERS = re.compile(
    r"(?:^|[;&|]\s*|\brun )(?:(?:python3? -m )?(?:black|isort|ruff format|cargo fmt|gofmt -w|go fmt|mix format"
    r"|dotnet format|pint|prettier))\b"
)


def _writes(line: str, checks: Sequence[OwnersCheck]) -> bool:
    if _WRITES.search(line):
        return True
    formats = [each for each in checks if each.group == "format"]
    return (
        bool(_WRITERS.search(line))
        and not re.search(r"--check|--diff|--check-only|--test\b|--verify-no-changes|-l\b|--list-different|-c\b", line)
        and bool(formats)
    )


def _javascript(
    step: OwnersStep, call: CommandCall, here: Listing, listing: Listing, follow: Follow
) -> list[Meaning] | None:
    """`npm test`, `npm run X`, `yarn X`, `pnpm -r X`: the script X, or a program that the project installs."""
    core = call.core
    program = programs.base_name(core[0])
    for at, word in enumerate(core[:-1]):
        if word in ("--prefix", "-C", "--dir", "--cwd"):
            folder = shell_script.inside(step.folder, core[at + 1])
            inner = replace(step, words=(*core[:at], *core[at + 2 :]), folder=folder)
            return expand(inner, replace(call, core=inner.words), listing, follow)
    at, elsewhere = _script_index(core)
    if at == len(core):
        return []
    name = {"t": "test", "tst": "test"}.get(core[at], core[at])
    if program == "bun" and "run" not in core and name in ("test", "build"):
        return None
    scripts = task_runners.npm_scripts(here)
    if elsewhere:
        return _runner(step, call, name, None, listing, follow)
    if name not in scripts:
        rest = core[at:]
        group = programs.group_of(rest) if program != "npm" else None
        inner = replace(step, words=rest)
        return plain_checks.check(inner, replace(call, core=rest), group, listing) if group else []
    if re.search(r"no tests? specified", scripts[name]):
        return []
    if program == "npm" and "--silent" not in core:
        call = replace(call, core=(*core[:at], "--silent", *core[at:]) if core[1] == "run" else (*core, "--silent"))
    return _runner(step, call, name, [scripts[name]], listing, follow)


def _script_index(core: Sequence[str]) -> tuple[int, bool]:
    """Where the script's name stands in a call of npm, pnpm, yarn or bun (at the end: nowhere), and whether it is a
    script of other packages of the workspace."""
    at, elsewhere = 1, any(_ELSEWHERE.match(word) for word in core[1:])
    while at < len(core) and (core[at].startswith("-") or core[at] in _BEFORE_SCRIPT):
        at += 2 if core[at] in ("--filter", "-F", "-w", "--workspace", "workspace") else 1
    return min(at, len(core)), elsewhere


_BEFORE_SCRIPT = ("run", "run-script", "workspaces", "workspace", "foreach", "recursive")
_ELSEWHERE = re.compile(r"(?:--filter|-F$|-w$|--workspace|-r$|--recursive|-ws$|workspaces?$|foreach$|-A)")


def _targets(
    step: OwnersStep, call: CommandCall, program: str, here: Listing, listing: Listing, follow: Follow
) -> list[Meaning]:
    words = list(call.core[1:])
    if "-C" in words and words.index("-C") + 1 < len(words):
        at = words.index("-C")
        folder = shell_script.inside(step.folder, words[at + 1])
        if existing_folder(folder, listing) == folder:
            rest = (call.core[0], *words[:at], *words[at + 2 :])
            inner = OwnersStep(step.text, rest, step.source, step.where, folder, step.env, step.before)
            return expand(inner, CommandCall(rest, call.prefix, call.env, call.raw), listing, follow) or []
    names = [word for word in words if not word.startswith("-") and "=" not in word and not word.isdigit()]
    rules = task_runners.targets(here, program)
    if not names:
        if program == "just" or not (rules or any(each.words for each in step.before)):
            return []
        return [OwnersCheck("build", "make", native(step, call.text(), listing), step)]
    found: list[Meaning] = []
    for name in names if program == "make" else names[:1]:
        if name in ("install", "clean", "dist", "distclean", "uninstall", "deps", "setup", "bootstrap"):
            continue
        lines = task_runners.recipe_lines(rules, name) if name in rules else None
        if rules and lines is None and program == "make" and not re.search(r"(?m)^-?s?include |%", _makefile(here)):
            continue
        others = set(names) - {name} if program == "make" else set()
        core = tuple(word for word in call.core if word not in others)
        one = CommandCall(core, call.prefix, call.env, call.raw)
        found += _runner(step, one, name, lines, listing, follow)
    return found


def _makefile(here: Listing) -> str:
    return here.text(here.first(task_runners.MAKEFILES))


def _taskfile(step: OwnersStep, call: CommandCall, here: Listing, listing: Listing, follow: Follow) -> list[Meaning]:
    names = [word for word in call.core[1:] if not word.startswith("-")]
    return [
        each
        for name in names
        for each in _runner(
            step, CommandCall((call.core[0], name)), name, task_runners.taskfile(here, name), listing, follow
        )
    ]


def _tox(step: OwnersStep, core: Sequence[str], here: Listing, listing: Listing, follow: Follow) -> list[Meaning]:
    """The commands of the environments, with what they install."""
    env = dict(step.env).get("TOXENV", "")
    for name, value in zip(core, core[1:], strict=False):
        if name in ("-e", "--env", "-m", "-f"):
            env = value
    env = next((word.partition("=")[2] for word in core if word.startswith("--env=")), env)
    found: list[Meaning] = []
    known: set[str] = set()
    for environment in tox.environments(here, "" if env == "ALL" else env):
        shown = OwnersStep(step.text, step.words, step.source, step.where, step.folder, environment.env, ())
        where = shell_script.inside(step.folder, environment.folder)
        inside = OwnersStep(step.text, step.words, step.source, step.where, where, environment.env, ())
        meanings = follow(environment.commands, inside)
        checks = [each for each in meanings if not isinstance(each, Install)]
        commands = {each.command for each in checks if isinstance(each, OwnersCheck)}
        if commands <= known:  # another version of Python or of a dependency
            found += [each for each in checks if isinstance(each, LeftOut)]
            continue
        known |= commands
        found += checks
        extras = f".[{','.join(environment.extras)}]" if environment.extras else "."
        project = () if environment.skips_project else ("-e", extras)
        groups = tuple(word for group in environment.groups for word in ("--group", group))
        lines = environment.requirements
        wanted = [word for line in lines for word in (shell_script.words(line) if line.startswith("-") else [line])]
        if words := (*wanted, *project, *groups):
            found.append(Install(("pip", "install", *words), shown))
    return found or [LeftOut(step, f"needs the tox environment {env or 'list'}, which could not be read")]


def _nox(step: OwnersStep, core: Sequence[str], here: Listing, listing: Listing, follow: Follow) -> list[Meaning]:
    wanted: list[str] = []
    at = next((index for index, word in enumerate(core) if word in ("-s", "--session", "--sessions", "-e")), None)
    for word in core[at + 1 :] if at is not None else ():
        if word.startswith("-"):
            break
        wanted.append(re.sub(r"-[\d.]+$|\(.*", "", word))
    found: list[Meaning] = []
    for session in nox.sessions(here):
        if session.name not in wanted and (wanted or not session.default):
            continue
        inner = follow(session.commands, step)
        checks = [each for each in inner if not isinstance(each, Install)]
        if session.unreadable and not any(isinstance(each, OwnersCheck) for each in checks):
            checks = [LeftOut(step, f"is a nox session ({session.name}) that builds its command at run time")]
        found += checks
        if any(isinstance(each, OwnersCheck) for each in checks):
            found += [Install(("pip", "install", *shell_script.words(line)), step) for line in session.installs if line]
    return found


def _pre_commit(
    step: OwnersStep, core: Sequence[str], here: Listing, listing: Listing, follow: Follow
) -> list[Meaning]:
    """Each hook with a known tool as a command of its own: pre-commit itself would fetch the hooks with git."""
    skipped = set(dict(step.env).get("SKIP", "").split(","))
    names = [word for word in core[core.index("run") + 1 :] if not word.startswith("-")]
    found: list[Meaning] = []
    for name, command, needs in pre_commit.hooks(here):
        if name in skipped or (
            names and name not in names and names[0] in {hook for hook, _, _ in pre_commit.hooks(here)}
        ):
            continue
        for each in follow([command], step):
            if isinstance(each, OwnersCheck):
                each = OwnersCheck(each.group, each.tool, each.command, each.step, needs, each.runs)
            found.append(each)
    return found


def _python_task(
    step: OwnersStep, call: CommandCall, program: str, here: Listing, follow: Follow
) -> list[Meaning] | None:
    words = [word for word in call.core[1:] if word not in ("run", "-q", "--quiet", "-v")]
    if program == "hatch":
        words = [word for at, word in enumerate(words) if word not in ("-e", "--env", "env") or at]
        if call.core[1:2] == ("test",):
            more = shlex.join(word for word in words[1:] if word not in ("-a", "--all", "-c", "--cover", "-i", "-py"))
            return follow([f"pytest {more or 'tests'}"], step)
        if call.core[1:2] in (("fmt",), ("check",)):
            return follow(["ruff check .", "ruff format --check ."], step)
        if call.core[1:2] == ("run",) and call.core[2:3] == ("-e",):
            words = words[1:]
    if not words:
        return []
    lines = task_runners.python_task(here, program, words)
    if lines is None and program == "hatch":
        name, _, rest = words[0].rpartition(":")
        lines = [shlex.join([rest, *words[1:]])] if rest and rest != words[0] or not name else None
    if lines is None and program in ("pdm", "pipenv", "pixi"):
        lines = [shlex.join(words)]
    return follow(lines, step) if lines is not None else []


def _composer(
    step: OwnersStep, call: CommandCall, here: Listing, listing: Listing, follow: Follow
) -> list[Meaning] | None:
    words = [word for word in call.core[1:] if not word.startswith("-") and word not in ("run-script", "run", "exec")]
    scripts = task_runners.composer_scripts(here)
    if not words or words[0] not in scripts:
        return None
    lines = [line.removeprefix("@php ") for line in scripts[words[0]]]
    lines = [
        f"composer {line[1:]}" if line.startswith("@") and line[1:].split()[0] in scripts else line for line in lines
    ]
    lines = [line for line in lines if not line.startswith("@") and "::" not in line]
    return _runner(step, call, words[0], lines, listing, follow)


def _script(
    step: OwnersStep, call: CommandCall, here: Listing, listing: Listing, follow: Follow
) -> list[Meaning] | None:
    """A script of the repository: `./scripts/test.sh`, `bash ci/lint`, `python run_tests.py`."""
    core = list(call.core)
    if core[0] in ("bash", "sh") and len(core) > 1 and not core[1].startswith("-"):
        core = core[1:]
    path = core[0].removeprefix("./")
    if path not in here.paths or programs.group_of(core) or not _SCRIPT.fullmatch(core[0]):
        return None
    name = path.rsplit("/", 1)[-1].partition(".")[0]
    if path.endswith((".py", ".js", ".mjs", ".rb", ".ts")):
        lines: list[str] | None = None
        name = re.sub(r"^run_?|_?all$", "", name.replace("-", "_")) or name
    else:
        lines = [here.text(path)]
    if programs.base_name(core[0]) in ("gradlew", "mvnw", "configure", "autogen.sh", "bootstrap"):
        return None
    return _runner(step, call, name, lines, listing, follow)
