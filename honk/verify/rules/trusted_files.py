"""Files, targets and entries that trusted commands run: `[deploy]`, `[preview]`, set-up, verifiers. Found from the
base."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from honk.core.honk_toml import HonkToml
from honk.core.verdict import Finding
from honk.verify.base import Listing, Verifier
from honk.verify.rules.ci_config.make_targets import targets
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.syntax import commands
from honk.verify.syntax.diff_hunks import paths
from honk.verify.syntax.settings import settings

RULE = "trusted-script-changed"

MAX_FILES = 200
"""At most so many scripts are followed."""

_READS_FILES = (
    "docker", "docker-compose", "kubectl", "ansible-playbook", "terraform", "helm", "fly", "flyctl", "rsync", "scp",
    "uv", "poetry", "npx",
)  # fmt: skip
"""Programs that read the scripts and configurations that they are given."""
_RUNNERS = frozenset(
    [
        "sh",
        "bash",
        "zsh",
        "dash",
        "ksh",
        "source",
        ".",
        "python",
        "python3",
        "node",
        "ruby",
        "perl",
        "php",
        "deno",
        "bun",
        "tsx",
        "ts-node",
        "Rscript",
        "pwsh",
        "exec",
        "sudo",
        "env",
        "time",
        "nohup",
    ]
)
_SCRIPT = re.compile(r"\.(?:sh|bash|py|rb|[cm]?js|ts|pl|php|ps1|mk|ya?ml|tf|json|toml)$")
_TEST_RUNNERS = re.compile(r"\b(?:pytest|unittest|jest|mocha|vitest|ava|rspec|phpunit|--test|tape|tap)\b")
_OPERATIONS = re.compile(r"(^|/)(scripts?|deploy\w*|tools?|ci|bin|ops|infra|release|hack|build|\.?docker)/")


@dataclass(frozen=True)
class Trusted:
    """Why a file is trusted. `entry` is the target or script of it that is run; empty for the whole file."""

    path: str
    entry: str
    command: str
    use: str


def trusted(base: Listing, config: HonkToml, verifiers: tuple[Verifier, ...]) -> tuple[Trusted, ...]:
    """Everything that the base's trusted commands run, as far as it lies in the repository."""
    found: dict[tuple[str, str], Trusted] = {}
    roots: list[tuple[str, str]] = [
        ("[deploy] run", config.deploy.run),
        ("[deploy] rollback", config.deploy.rollback),
        ("[preview] serve", config.preview.serve),
        ("[preview] build", config.preview.build),
        *(("[setup] run", command) for command in config.setup.run or ()),
        *((f"the verifier {each.name}", each.command) for each in verifiers),
    ]
    for kind in ("format", "lint", "build", "test"):
        roots.append((f"the verifier {kind}", getattr(config.verify, kind) or ""))
    for use, command in roots:
        if command:
            _follow(base, command, "", use, command, found)
    return tuple(found.values())


def _follow(
    base: Listing, text: str, folder: str, use: str, command: str, found: dict[tuple[str, str], Trusted]
) -> None:
    for path, entry in _reached(base, text, folder):
        if (path, entry) in found or len(found) >= MAX_FILES:
            continue
        found[path, entry] = Trusted(path, entry, command, use)
        here = str(PurePosixPath(path).parent)
        here = "" if here == "." else here
        if entry and path.endswith("package.json"):
            body = (settings(path, base.text(path)) or {}).get(f"scripts.{entry}", "")
            _follow(base, str(body), here, use, command, found)
        elif entry:
            needs, lines = targets(base.text(path)).get(entry, ((), ()))
            for need in needs:
                if need in targets(base.text(path)) and (path, need) not in found:
                    _follow(base, f"make {need}", here, use, command, found)
            _follow(base, "\n".join(lines), here, use, command, found)
        elif path.endswith((".sh", ".bash")) or "." not in PurePosixPath(path).name:
            _follow(base, base.text(path), "", use, command, found)
            if here:
                _follow(base, base.text(path), here, use, command, found)
        elif use.startswith("[deploy]") and (_OPERATIONS.search(path) or "/" not in path or "deploy" in path):
            for module in _modules(base, path, base.text(path)):
                if (module, "") not in found and len(found) < MAX_FILES:
                    found[module, ""] = Trusted(module, "", command, use)


def _reached(base: Listing, text: str, folder: str) -> Iterator[tuple[str, str]]:
    """The files, targets and scripts that a command or shell script names."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        bare = line.strip().lstrip("@-")
        if not bare or bare.startswith("#"):
            continue
        for part in re.split(r"&&|\|\||[;|]|\$\(|`", bare):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                words = part.split()
            while words and re.match(r"^\w+=", words[0]):
                words = words[1:]
            if words:
                yield from _of_words(base, words, part, folder)


def _of_words(base: Listing, words: list[str], part: str, folder: str) -> Iterator[tuple[str, str]]:
    yield from _of_targets(base, words)
    tests = bool(_TEST_RUNNERS.search(part))
    if not tests:
        yield from _of_module(base, words)
    for index, word in enumerate(words):
        value = word.split("=", 1)[-1] if word.startswith("-") else word
        path = _resolve(base, value, folder)
        if not path or tests and path.endswith((".py", ".js", ".ts", ".rb", ".php")):
            continue
        if _is_run(words, index) or _is_named(words, word, path):
            yield path, ""


def _of_targets(base: Listing, words: list[str]) -> Iterator[tuple[str, str]]:
    """The targets of Make or just, and the scripts of package.json, that the command runs."""
    head = words[0]
    if head in ("make", "gmake", "just"):
        names = ("Makefile", "makefile", "GNUmakefile") if head != "just" else ("justfile", "Justfile", ".justfile")
        file = base.first(names)
        known = targets(base.text(file)) if file else {}
        wanted = [word for word in words[1:] if word in known] or list(known)[:1]
        yield from ((file, word) for word in wanted)
    elif head in ("npm", "pnpm", "yarn", "bun") and "package.json" in base.paths:
        rest = [word for word in words[1:] if not word.startswith("-") and word not in ("run", "run-script", "exec")]
        scripts = settings("package.json", base.text("package.json")) or {}
        for word in rest[:1]:
            yield from (
                ("package.json", name) for name in (f"pre{word}", word, f"post{word}") if f"scripts.{name}" in scripts
            )


def _of_module(base: Listing, words: list[str]) -> Iterator[tuple[str, str]]:
    """The file of `python -m module`."""
    if not words[0].startswith("python"):
        return
    module = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "-m"), "")
    if not module:
        return
    inside = module.replace(".", "/")
    for candidate in (f"{inside}.py", f"{inside}/__main__.py", f"src/{inside}.py"):
        if candidate in base.paths and (_OPERATIONS.search(candidate) or "deploy" in candidate):
            yield candidate, ""


def _is_run(words: list[str], index: int) -> bool:
    """Whether the word is the program, or the script that an interpreter runs."""
    if index == 0 or words[index - 1].rsplit("/", 1)[-1] in _RUNNERS:
        return True
    first = next((at for at, each in enumerate(words[1:], 1) if not each.startswith("-")), 0)
    return words[0].rsplit("/", 1)[-1] in _RUNNERS and index == first


def _is_named(words: list[str], word: str, path: str) -> bool:
    """Whether the word names a script that the program reads."""
    reads = words[0].rsplit("/", 1)[-1] in _READS_FILES or word.startswith("-")
    return word != words[0] and bool(_SCRIPT.search(path)) and reads


def _resolve(base: Listing, word: str, folder: str) -> str:
    bare = re.sub(
        r"^\$\{?(?:PWD|ROOT|DIR|SCRIPT_DIR|HERE|BASH_SOURCE\S*|here|dir|root)\}?/|^\$\(dirname [^)]*\)/"
        r"|^\"?\$\(cd[^)]*\)/",
        "",
        word,
    )
    bare = re.sub(r"^(?:\./)+", "", bare)
    for candidate in (f"{folder}/{bare}" if folder else bare, bare):
        if candidate in base.paths:
            return candidate
    return ""


def _modules(base: Listing, path: str, text: str) -> Iterator[str]:
    """Local modules that a script loads from its own folder."""
    folder = PurePosixPath(path).parent
    for match in re.finditer(
        r"(?m)^\s*(?:from\s+\.?([\w.]+)\s+import|import\s+([\w.]+))|(?:require\(|from\s+"
        r"|import\s+)['\"](\.{1,2}/[^'\"]+)['\"]|require_relative\s+['\"]([^'\"]+)",
        text,
    ):
        name = (match[1] or match[2] or "").replace(".", "/")
        relative = match[3] or match[4] or ""
        bases = [name] if name else [re.sub(r"^\./", "", relative)]
        for each in bases:
            for suffix in (".py", "/__init__.py", ".js", ".mjs", ".cjs", ".ts", ".rb", ""):
                candidate = str(folder / f"{each}{suffix}") if str(folder) != "." else f"{each}{suffix}"
                if candidate in base.paths:
                    yield candidate


def trusted_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Changes of what trusted commands run; where a verifier's script became no weaker, there is nothing to say."""
    wanted: dict[str, list[Trusted]] = {}
    if not rule_input.diff.files:
        return
    for each in trusted(rule_input.before, rule_input.config, rule_input.verifiers):
        wanted.setdefault(each.path, []).append(each)
    for file in rule_input.diff.files:
        for path in paths(file):
            reasons = [
                each for each in wanted.get(path, ()) if _entry_changed(rule_input, path, file.change.path, each.entry)
            ]
            if not reasons:
                continue
            deciding = min(reasons, key=lambda each: not each.use.startswith("[deploy]"))
            if deciding.use.startswith(("the verifier", "[setup]")) and not _weaker(
                rule_input, file.change.path, path, deciding
            ):
                continue
            what = f"{path} ({deciding.entry})" if deciding.entry else path
            rights = " with the deploy secrets" if deciding.use.startswith("[deploy]") else ""
            done = "deletes" if file.change.status == "deleted" else "edits"
            reason = (
                f"This change {done} {what}, which {deciding.use} runs{rights} (`{deciding.command[:60]}`). A "
                "person must look at it."
            )
            yield finding(
                RULE, file.change.path, 0 if done == "deletes" else line_of(file, deciding.entry, None), "flag", reason
            )
            break


def _entry_changed(rule_input: RuleInput, old_path: str, new_path: str, entry: str) -> bool:
    """Whether the target or script itself changed, where only that one is run."""
    if not entry:
        return True
    old, new = rule_input.before.text(old_path), rule_input.after.text(new_path)
    if old_path.endswith("package.json"):
        key = f"scripts.{entry}"
        return (settings(old_path, old) or {}).get(key) != (settings(new_path, new) or {}).get(key)
    return targets(old).get(entry) != targets(new).get(entry)


def _weaker(rule_input: RuleInput, path: str, old_path: str, each: Trusted) -> bool:
    """Whether the verifier's script lost something that checks; what has no shell syntax needs a look."""
    if each.entry:
        return False  # judged by the rules about targets and scripts
    old, new = rule_input.before.text(old_path), rule_input.after.text(path)
    if not new:
        return True
    one, other = (_commands_of(text) for text in (old, new))
    if path.endswith((".sh", ".bash")) or "." not in PurePosixPath(path).name:
        return (
            any(True for _ in commands.lost(one, other))
            or (
                bool(re.search(r"(?m)^\s*exit 0|\bset \+e|\|\| true", new))
                and not re.search(r"(?m)^\s*exit 0|\bset \+e|\|\| true", old)
            )
            or ("set -e" in old and "set -e" not in new)
            or not any(map(commands.tools, one))
        )
    return each.use.startswith("the verifier")


def _commands_of(text: str) -> list[str]:
    return [
        line.strip()
        for line in re.sub(r"\\\n\s*", " ", text).splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
