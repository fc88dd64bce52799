"""Parts of the program that tests replace by stand-ins: then the tests no longer test the program."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.calls import chain, dotted
from honk.verify.syntax.grammars import followed, line, role, text, tokens
from honk.verify.syntax.nodes import Node
from honk.verify.syntax.pairs import Placed
from honk.verify.syntax.units import Unit

RULE = "unit-replaced"

_PATCHES = re.compile(
    r"(?:^|\.)(?:patch|patch\.(?:object|dict|multiple)|setattr|setitem|spy|mocker\.\w+)$|^monkeypatch\.\w+$"
    r"|^(?:jest|vi|vitest|td|rewiremock|proxyquire|mockery)\.?(?:mock|doMock|unstable_mockModule|spyOn|replace"
    r"|setMock|registerMock|replaceProperty)?$"
    r"|^sinon\.(?:stub|replace|fake)|^mock\.(?:module|method|fn|getter)|^t\.mock\.\w+|^sandbox\.(?:stub|replace)"
    r"|^(?:gomonkey|monkey)\.\w+"
    r"|^allow(?:_any_instance_of)?\b|^(?:[\w.]*Mockito\.)?(?:mock|spy|mockStatic|mockkObject|mockkStatic|every|when"
    r"|doReturn)\b|stub(?:s|_const|_any_instance)?$"
    r"|^Object\.defineProperty$|any_instance|^\w+\.stub$|^delattr$"
)
_BOUNDARY = re.compile(
    r"(?i)^(?:time|sleep|now|today|utcnow|datetime|date|random\w*|uuid\w*|requests?|urlopen|urllib|httpx?|https"
    r"|fetch|axios|socket|smtp\w*|open|env\w*"
    r"|environ|getenv|subprocess|popen|system|stdin|stdout|stderr|argv|console|log\w*|print|input|boto3?|redis"
    r"|fs|path|os|sys|cwd|chdir|home|exit"
    r"|settimeout|setinterval|timers?|window|document|localstorage|sessionstorage|location|navigator|performance"
    r"|math|secrets|getpass|signal|thread\w*"
    r"|clock|mail\w*|send\w*|notify\w*|client|session|db|database|cursor|connection|config|settings|api"
    r"|transport|gateway|publisher|queue|bus|s3|stripe|twilio"
    r"|router|navigate|usenavigate|userouter|next|react|i18n|translation|node-fetch|nodemailer|cache|storage"
    r"|repository|repo|store)$"
)
_SHARED = re.compile(
    r"setUp(?:Class)?|setup(?:_method|_module)?|before|pytest_(?:configure|runtest_setup|sessionstart)|TestMain|init"
)
_ASSIGNED_MODULE = re.compile(r"^(?:sys\.modules|require\.cache|globalThis|global|window)\b")


def units_replaced(rule_input: RuleInput) -> Iterator[Finding]:
    """Mocks, patches and assignments that existing tests, their fixtures or set-up files did not have before."""
    for pair in rule_input.test_pairs:
        if pair.new is not None and pair.changed:
            before = {tokens(node) for node, _ in _stand_ins(pair.old.unit)}
            yield from _judged(rule_input, pair.new, before, existing=True)
    for placed in rule_input.new_units:
        yield from _judged(rule_input, placed, set(), existing=False)
    for file in rule_input.test_files:
        rest = rule_input.new(file).rest
        if file.change.status == "added" and rest is not None:
            yield from _judged(rule_input, Placed(file.change.path, rest), set(), existing=False)


def _judged(rule_input: RuleInput, placed: Placed, before: set[tuple[str, ...]], existing: bool) -> Iterator[Finding]:
    unit = placed.unit
    shared = (
        not unit.is_test and (not unit.name or _is_shared(unit)) or PurePosixPath(placed.path).name == "conftest.py"
    )
    subjects = _subjects(rule_input, placed)
    for node, target in _stand_ins(unit):
        names = [name for name in re.split(r"[./:\\\"'#\s]+", target) if name and not name.startswith("@")]
        if tokens(node) in before or not names:
            continue
        if names[-1] == "class" and len(names) > 1:  # a stand-in for a whole class, such as `mock(Cart.class)`
            names = names[:-1]
            if names[-1] != _stem(placed.path):
                continue
        subject_module = _is_subject_module(placed.path, target) or names[-1] == _stem(placed.path)
        if _is_boundary(names) and not subject_module:
            continue
        own = names[-1] in subjects or subject_module
        if not own and not (
            shared and (existing or _is_shared(unit)) and _in_program(rule_input, placed, names, target)
        ):
            continue
        where = "all tests that load this file" if shared and not unit.is_test else f"the test {unit.name}"
        reason = (
            f"`{names[-1]}`, a part of the program that is tested, is replaced for {where}, so that the tests "
            "check the stand-in. "
            "Test the program itself, or a person confirms it."
        )
        yield finding(RULE, placed.path, line(node), "flag", reason)


def _is_boundary(names: list[str]) -> bool:
    return bool(_BOUNDARY.match(names[-1])) or (
        len(names) > 1 and bool(_BOUNDARY.match(names[-2])) and len(names) <= 3 and not names[0].startswith(".")
    )


def _is_shared(unit: Unit) -> bool:
    marked = any({"autouse", "beforeEach", "beforeAll", "before", "setUp"} & set(mark) for mark in unit.marks)
    return marked or _SHARED.fullmatch(unit.name) is not None


def _stand_ins(unit: Unit) -> Iterator[tuple[Node, str]]:
    """Each place where something is replaced, with what is replaced."""
    for each in unit.nodes:
        kind = role(each)
        if kind == "call" and (each.parent is None or role(each.parent) != "member" or True):
            links = chain(each)
            called = next((link for link in links if link.args), None)
            head = dotted(links[: links.index(called) + 1]) if called else ""
            if called is None or not called.args or not _PATCHES.search(head):
                continue
            yield each, _target(called.name, called.args, links)
        elif each.type in ("assignment", "assignment_expression", "assignment_statement"):
            left = each.child_by_field_name("left")
            right = each.child_by_field_name("right")
            if left is None or right is None:
                continue
            if left.type == "expression_list" and left.named_children:
                left = left.named_children[0]
            said = text(left)
            if _ASSIGNED_MODULE.match(said) and (role(left) == "member" or left.type.startswith("subscript")):
                replaced = re.sub(r"[\[\]\"'()]+", ".", said).strip(".")
                yield (
                    each,
                    re.sub(
                        r"^(?:sys\.modules|require\.cache|globalThis|global|window)\.(?:require\.resolve\.)?",
                        "",
                        replaced,
                    ),
                )
            elif (
                (role(left) == "member" or (each.type == "assignment_statement" and said[:1].isupper()))
                and (_is_function(right) or (unit.name == "" and text(right) in _functions(unit)))
                and not said.startswith(("self.", "this.", "cls.", "@", "module.exports", "exports."))
            ):
                yield each, said


def _functions(unit: Unit) -> frozenset[str]:
    """The names of the functions that the file defines."""
    return frozenset(re.findall(r"(?m)^(?:async )?(?:def|function) (\w+)", unit.node.text))


def _target(name: str, args: tuple[object, ...], links: object) -> str:
    parts = []
    for argument in args[:2]:
        part = argument.tokens  # type: ignore[attr-defined]
        if part and part[0][:1] == '"':
            parts.append(part[0].strip('"'))
            if len(parts) == 1 and ("." in part[0] or "/" in part[0]):
                break
        elif part and part[0] not in ("lambda", "(", "{", "async", "function") and len(part) <= 8:
            parts.append("".join(token for token in part if token not in ("(", ")")).strip("."))
        else:
            break
    if len(parts) == 2 and name in ("patch", "mock", "doMock", "module", "mockStatic", "spy"):
        parts = parts[:1]
    received = [link for link in links if link.name in ("to", "receive")]  # type: ignore[attr-defined]
    for link in received:
        said = re.search(r"receive\(?\s*:(\w+)", text(link.node))
        if said:
            parts.append(said[1])
            break
    return ".".join(parts)


def _is_function(node: Node) -> bool:
    kinds = ("lambda", "arrow_function", "function_expression", "func_literal", "lambda_expression", "function")
    said = text(node)
    return (
        node.type in kinds
        or bool(re.match(r"(?:Magic|Async)?Mock\(|jest\.fn|vi\.fn|sinon\.", said))
        or any(child.type in kinds for child in node.named_children)
    )


def _subjects(rule_input: RuleInput, placed: Placed) -> frozenset[str]:
    """What the test's assertions call or read, and what the values in them were made by."""
    unit = placed.unit
    found: set[str] = set()
    bodies = [unit.assertions] if unit.is_test else []
    if not unit.is_test:
        file = rule_input.changed(placed.path)
        bodies = [test.assertions for test in file.tests]
    for each in (one for body in bodies for one in body):
        if each.relation != "called":
            found |= {token for token, after in followed(each.subject) if after == "("}
            found |= {token for token in each.subject[:3] if token.isidentifier()}
    if unit.is_test:
        for node in unit.nodes:
            if node.type in (
                "assignment",
                "variable_declarator",
                "short_var_declaration",
                "let_declaration",
                "property_declaration",
                "variable_declaration",
            ):
                part = tokens(node)
                if part and part[0] in found and "(" in part:
                    found |= {token for token, after in followed(part) if after == "(" and token[:1].isalpha()}
    return frozenset(found) - {"len", "str", "list", "sorted", "get", "json", "expect", "post", "status_code", "Mock"}


def _stem(path: str) -> str:
    """What the test file is named after."""
    return re.sub(r"(?i)^test_|[._-]?(?:test|spec|tests)$", "", PurePosixPath(path).name.split(".")[0])


def _is_subject_module(path: str, target: str) -> bool:
    """Whether the replaced module is the one that the test file is named after."""
    stem = _stem(path)
    return "/" in target and target.startswith(".") and PurePosixPath(target).stem.split(".")[0] == stem and bool(stem)


def _in_program(rule_input: RuleInput, placed: Placed, names: list[str], target: str) -> bool:
    """Whether what is replaced belongs to this repository: a relative path, or a module that it holds."""
    if target.startswith("."):
        return not re.search(r"\.(?:css|s[ac]ss|less|svg|png|jpe?g|gif)$", target)
    content = rule_input.changed(placed.path).text
    modules = {part for path in rule_input.before.paths for part in _module_parts(path)}
    if names[0] in modules:
        return True
    imported = re.search(
        rf"(?m)^\s*(?:from\s+([\w.]+)\s+import\s.*\b{re.escape(names[0])}\b|import\s+([\w.]+)(?:\s+as\s+{re.escape(names[0])})?)",
        content,
    )
    if imported:
        root = (imported[1] or imported[2]).split(".")[0]
        return root in modules or (imported[1] or "").startswith(".")
    required = re.search(rf"\b{re.escape(names[0])}\b[^\n]*(?:from|require\()\s*['\"](\.[^'\"]+|@/[^'\"]+)", content)
    return required is not None


def _module_parts(path: str) -> Iterator[str]:
    if path.endswith((".py", ".rb", ".go", ".php", ".java", ".kt", ".cs")) and "test" not in path:
        pure = PurePosixPath(path)
        yield pure.stem
        yield from pure.parts[:-1]
