"""The commands that CI runs."""

import re
from collections.abc import Iterator

from honk.verify.syntax import commands
from honk.verify.syntax.settings import Scalar, Settings, Value

CHECK_ACTION = re.compile(
    r"(?i)lint|test|check(?!out)|codeql|scan|pre-commit|cover|analy|trivy|semgrep|review|sonar|snyk|ruff|black|mypy"
    r"|audit"
)


def commands_of(found: Settings) -> Iterator[str]:
    """What it runs: scripts, arguments of checking actions, hooks."""
    for key, value in found.items():
        last = re.sub(r"\[[^\]]*\]", "", key.rsplit(".", 1)[-1]).lower()
        values = value if isinstance(value, tuple) else (value,)
        if last in (
            "run",
            "script",
            "commands",
            "command",
            "before_script",
            "after_script",
            "args",
            "entry",
            "cmd",
            "bash",
            "pwsh",
            "powershell",
            "install",
            "before_install",
            "test_script",
            "build",
            "steps",
            "extra_args",
            "make",
            "goals",
            "arguments",
            "cmds",
            "sh",
            "bat",
        ):
            if last == "args" and ".hooks[" in key:
                continue
            for each in values:
                if isinstance(each, str):
                    yield from (part for part in _parts(each))
        elif (
            last in ("uses", "task", "orb", "image")
            and isinstance(value, str)
            and CHECK_ACTION.search(value.split("@")[0])
        ):
            yield f"pre-commit uses {value.split('@')[0]}"
        elif last == "id" and isinstance(value, str) and "hooks" in key:
            more = found.get(f"{key.removesuffix('.id')}.args", ())
            yield " ".join(("pre-commit hook", value, *map(str, more if isinstance(more, tuple) else (more,))))


def _parts(text: str) -> Iterator[str]:
    """A script as its commands; `set` and continuations stay with what follows."""
    joined = re.sub(r"\bthen\s*\n\s*(.*?)\s*\n\s*fi\b", r"then \1; fi", re.sub(r"\\\n\s*", " ", text))
    prefix = "set +e; " if re.search(r"\bset \+e\b", joined) else ""
    for line in joined.splitlines():
        bare = line.strip()
        if bare and not bare.startswith("#") and not bare.startswith("set "):
            yield prefix + bare if commands.tools(bare) else bare


def parent_of(key: str, alone: str = "") -> str:
    """The key of the job or step that has this setting; `alone` where it has none."""
    return key.rsplit(".", 1)[0] if "." in key else alone


def elements(value: Value | None) -> tuple[Scalar | None, ...]:
    return value if isinstance(value, tuple) else (value,)


def checks_of(parent: str, found: Settings) -> set[str]:
    """The checking programs that the job or step calls."""
    inside = {key: value for key, value in found.items() if key.startswith(parent)}
    return {tool for each in commands_of(inside) for tool in commands.tools(each)}


def runs_checks(parent: str, found: Settings) -> bool:
    """Whether the job or step runs something that checks the project."""
    inside = {key: value for key, value in found.items() if key.startswith(parent)}
    return any(commands.tools(each) or each.startswith("pre-commit ") for each in commands_of(inside))
