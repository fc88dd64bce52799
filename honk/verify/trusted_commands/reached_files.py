"""Everything that a repository's trusted commands run, found from the base: `[deploy]`, `[preview]`, set-up, verifiers
and CI, followed through scripts, modules, targets and package scripts."""

import posixpath
import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from honk.core.honk_toml import HonkToml
from honk.verify.base import Listing, Verifier
from honk.verify.syntax import languages
from honk.verify.trusted_commands import imports, workflows
from honk.verify.trusted_commands.programs import Place, Use, console_scripts, used_files
from honk.verify.trusted_commands.shell_commands import shell_commands

MAX_FILES = 300
"""At most so many files, targets and scripts are followed."""

MAX_MISSING = 1000
"""At most so many files that are not there are remembered."""

OPERATIONS = re.compile(
    r"(^|/)(scripts?|deploy\w*|release\w*|tools?|ci|bin|ops|infra\w*|hack|build|\.?docker|devops|automation)/"
    r"|(^|/)[\w-]*(?:deploy|release|rollback|publish|provision|bootstrap|install)[\w-]*\.\w+$"
)
_SOURCE = re.compile(r"\.(?:py|pyi|[cm]?[jt]sx?|rb|php|pl|lua|R)$")
_SHELL_SHEBANG = re.compile(r"#!.*\b(?:ba|z|da|k|a)?sh\b")


@dataclass(frozen=True)
class Origin:
    """A trusted command and where it is written: `[deploy] run`, `the verifier test`, `.github/workflows/ci.yml`."""

    use: str
    command: str

    @property
    def deploys(self) -> bool:
        return self.use.startswith("[deploy]")

    @property
    def checks(self) -> bool:
        """Whether it runs verifiers or CI, where an edit that only checks more is no concern."""
        return self.use.startswith("the verifier") or self.use.startswith("CI")


@dataclass(frozen=True)
class Reached:
    """A file that `origin` runs by way of `chain` (the files before it). `entry` is the target or script of the file
    that is run, empty for the whole file. `loaded`: another file imports it. `missing`: it is not there, and would
    run if it were added (`path` may be a pattern)."""

    path: str
    entry: str
    origin: Origin
    chain: tuple[str, ...] = ()
    loaded: bool = False
    missing: bool = False


@dataclass
class ReachedFiles:
    """What was found; `missing` by path or pattern. `complete` is false when a limit was reached, so that there may be
    more."""

    found: dict[tuple[str, str], Reached] = field(default_factory=dict)
    missing: dict[str, Reached] = field(default_factory=dict)
    complete: bool = True


def deploy_origins(config: HonkToml) -> tuple[Origin, ...]:
    return (Origin("[deploy] run", config.deploy.run), Origin("[deploy] rollback", config.deploy.rollback))


def origins(config: HonkToml, verifiers: tuple[Verifier, ...]) -> tuple[Origin, ...]:
    """The trusted commands of `honk.toml` and the verifiers, those with the most rights first."""
    kinds = ((f"the verifier {kind}", getattr(config.verify, kind)) for kind in ("format", "lint", "build", "test"))
    rows = (
        ("[preview] serve", config.preview.serve),
        ("[preview] build", config.preview.build),
        *(("[setup] run", command) for command in config.setup.run or ()),
        *((f"the verifier {each.name}", each.command) for each in verifiers),
        *kinds,
    )
    return (*deploy_origins(config), *(Origin(use, command) for use, command in rows))


def reached_files(base: Listing, wanted: tuple[Origin, ...], *, with_ci: bool = True) -> ReachedFiles:
    """Every file, target and script of the base that the commands `wanted`, and with `with_ci` its CI, run."""
    walk = _Walk(base)
    for origin in wanted:
        if origin.command:
            walk.run(origin.command, "", "", origin, ())
    files = workflows.ci_files(base) if with_ci else []
    walk.result.complete &= len(files) <= workflows.MAX_WORKFLOWS
    for path in files[: workflows.MAX_WORKFLOWS]:
        walk.workflow(path, Origin("CI", path), ())
    return walk.result


class _Walk:
    def __init__(self, base: Listing) -> None:
        self.base = base
        self.result = ReachedFiles()
        self._texts: set[tuple[str, str, str, bool]] = set()

    @cached_property
    def _installed(self) -> dict[str, str]:
        return console_scripts(self.base)

    def run(self, text: str, folder: str, script_folder: str, origin: Origin, chain: tuple[str, ...]) -> None:
        """Follow shell text that is run in `folder`."""
        key = (text, folder, script_folder, origin.deploys)
        if key in self._texts:
            return
        self._texts.add(key)
        commands, complete = shell_commands(text, folder, script_folder)
        self.result.complete &= complete
        for command in commands:
            uses, lasting = used_files(
                Place(self.base, script_folder, origin.deploys, lambda: self._installed), command
            )
            for use in uses:
                serves = lasting or origin.use == "[preview] serve"
                if use.text:
                    self.run(use.text, command.folder, script_folder, origin, chain)
                elif use.build is not None:
                    if self._add(use, origin, chain):
                        hop = (*chain, f"{use.path} ({use.entry})")
                        self.run("\n".join(use.build.lines), use.build.folder, use.build.folder, origin, hop)
                elif not serves or not _SOURCE.search(use.path) or OPERATIONS.search(use.path):
                    self._file(use, command.folder, origin, chain)

    def workflow(self, path: str, origin: Origin, chain: tuple[str, ...]) -> None:
        """Follow the commands of a CI configuration, and the local actions that it uses."""
        for command, folder in workflows.ci_commands(self.base, path):
            self.run(command, folder, "", origin, (*chain, path))
        for action in workflows.local_actions(self.base, path):
            if self._add(Use(action), origin, (*chain, path)) and action.endswith((".yml", ".yaml")):
                self.workflow(action, origin, (*chain, path))

    def _file(self, use: Use, folder: str, origin: Origin, chain: tuple[str, ...]) -> None:
        path = use.path
        if origin.checks and languages.is_supporting(path):
            return  # tests are judged by the rules about tests
        if not self._add(use, origin, chain):
            return
        here = posixpath.dirname(path)
        text = self.base.text(path)
        name = posixpath.basename(path)
        if (
            path.endswith((".sh", ".bash", ".zsh"))
            or _SHELL_SHEBANG.match(text)
            or ("." not in name and text[:2] != "#!")
        ):
            self.run(text, folder, here, origin, (*chain, path))
        elif _SOURCE.search(path) or text.startswith("#!"):
            self._loads(path, origin, (*chain, path))

    def _loads(self, path: str, origin: Origin, chain: tuple[str, ...]) -> None:
        """Follow what a source file imports; for a deploy everything, else only scripts beside the program."""
        operations = bool(OPERATIONS.search(path)) or origin.deploys
        if not operations:
            return
        for script in imports.named_scripts(self.base, path):
            if OPERATIONS.search(script) or script.endswith((".sh", ".bash")):
                self._file(Use(script), "", origin, chain)
        for module in imports.imported(self.base, path):
            wanted = origin.deploys or bool(OPERATIONS.search(module))
            if wanted and self._add(Use(module), origin, chain, loaded=True):
                self._loads(module, origin, (*chain, module))
        for absent in imports.imported(self.base, path, absent=True):
            if posixpath.dirname(absent) or origin.deploys:
                self._add(Use(absent, missing=True), origin, chain, loaded=True)

    def _add(self, use: Use, origin: Origin, chain: tuple[str, ...], *, loaded: bool = False) -> bool:
        """Whether it is new. A file that is run directly counts more than one that is imported."""
        if use.missing:
            if len(self.result.missing) >= MAX_MISSING and use.path not in self.result.missing:
                self.result.complete = False
                return False
            self.result.missing.setdefault(use.path, Reached(use.path, "", origin, chain, loaded, True))
            return False
        key = (use.path, use.entry)
        known = self.result.found.get(key)
        if known is not None:
            if known.loaded and not loaded and known.origin == origin:
                self.result.found[key] = replace(known, loaded=False)
            return False
        if len(self.result.found) >= MAX_FILES:
            self.result.complete = False
            return False
        self.result.found[key] = Reached(use.path, use.entry, origin, chain, loaded)
        return True


def is_script(reached: Reached) -> bool:
    """Whether the file is certainly no part of the program: named by a deploy, no source file, or among scripts."""
    direct = reached.origin.deploys and not reached.loaded
    return direct or reached.missing or not _SOURCE.search(reached.path) or bool(OPERATIONS.search(reached.path))


def is_program(reached: Reached, tested: frozenset[str]) -> bool:
    """Whether the file is the program itself: the tests import it, or something beside it. `tested` is
    `imports.tested_files`."""
    path = reached.path
    beside = path.endswith("__main__.py") and any(map(posixpath.dirname(path).__eq__, map(posixpath.dirname, tested)))
    return not is_script(reached) and (path in tested or beside or languages.is_test(path))
