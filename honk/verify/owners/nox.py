"""Sessions of a noxfile.py, read from its syntax tree: what they install and run. The file is never run."""

import ast
import shlex
from dataclasses import dataclass, field

from honk.verify.base import Listing


@dataclass
class NoxSession:
    """`unreadable` says that a command is built at run time: what the session runs is then not known in full."""

    name: str
    installs: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    unreadable: bool = False
    default: bool = True


def sessions(listing: Listing) -> list[NoxSession]:
    """All sessions, in the order of the file; none for a file that cannot be parsed."""
    try:
        tree = ast.parse(listing.text("noxfile.py"))
    except (SyntaxError, ValueError, RecursionError):
        return []
    known = _constants(tree)
    wanted = known.get("nox.options.sessions")
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (session := _session(node, known)):
            session.default = session.default and (not isinstance(wanted, list) or session.name in wanted)
            found.append(session)
    return found


def _constants(tree: ast.Module) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            try:
                value = ast.literal_eval(node.value)
            except (ValueError, TypeError, RecursionError):
                continue
            if isinstance(value, str):
                found[ast.unparse(node.targets[0])] = value
            elif isinstance(value, list | tuple):
                found[ast.unparse(node.targets[0])] = [str(item) for item in value]
    return found


def _session(node: ast.FunctionDef, known: dict[str, str | list[str]]) -> NoxSession | None:
    decorator = next((each for each in node.decorator_list if "session" in ast.unparse(each)), None)
    if decorator is None or not node.args.args:
        return None
    session = NoxSession(node.name)
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else []:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            session.name = str(keyword.value.value)
        if keyword.arg == "default" and isinstance(keyword.value, ast.Constant):
            session.default = bool(keyword.value.value)
    variable = node.args.args[0].arg
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if not isinstance(call.func.value, ast.Name) or call.func.value.id != variable:
            continue
        words = _words(call, known, variable)
        if call.func.attr in ("install", "run_install"):
            session.installs.append(shlex.join(word for word in words if word))
        elif call.func.attr in ("run", "run_always"):
            if None in words:
                session.unreadable = True
            else:
                session.commands.append(shlex.join(word for word in words if word))
    return session


def _words(call: ast.Call, known: dict[str, str | list[str]], variable: str) -> list[str | None]:
    """The arguments, None for one that is known at run time only; `session.posargs` are none."""
    words: list[str | None] = []
    for argument in call.args:
        text = ast.unparse(argument)
        if f"{variable}.posargs" in text:
            fallback = (
                argument.value.values[-1]
                if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.BoolOp)
                else None
            )
            if isinstance(fallback, ast.List | ast.Tuple):
                words += [str(item.value) for item in fallback.elts if isinstance(item, ast.Constant)]
            continue
        value = known.get(text.lstrip("*"))
        if isinstance(argument, ast.Constant):
            words.append(str(argument.value))
        elif isinstance(argument, ast.List | ast.Tuple):
            words += [str(item.value) if isinstance(item, ast.Constant) else None for item in argument.elts]
        elif isinstance(value, str):
            words.append(value)
        elif isinstance(value, list):
            words += value
        else:
            words.append(None)
    return words
