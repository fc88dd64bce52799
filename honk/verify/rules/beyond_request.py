"""Changes that the request cannot explain: behaviour beside a request for documentation, an unrelated module, a
feature that goes with its tests, and generated files that were edited by hand.

A rule of guesses, so it is quiet where the request is broad or names nothing of the program.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.units import Unit

RULE = "beyond-request"
GENERATED = "generated-file"

_DOCS = re.compile(
    r"(?i)\b(?:readme|docs?|docstrings?|documentation|document(?:s|ed|ing)?|changelog|typos?|spelling|wording"
    r"|contributing)\b|(?i:add|write|fix|reword|improve|correct|updat\w+|explain\w*|in|code) (?:\w+ ){0,2}comments?\b"
)
_PROGRAM = re.compile(
    r"(?i)\b(?:implement|support|return|should|must|may\b|can\b|start|pars|accept|read\b|build|publish|bug|crash|fail|error|refus|allow|option|endpoint|feature|behavio|new"
    r"|remov|drop|renam|chang|fix(?!\w* (?:the |a )?(?:\w+ )?(?:typo|spelling|wording|docs?|comment|readme)))"
)
_BROAD = re.compile(
    r"(?i)\b(?:refactor|renam|restructur|reorgani|mov|migrat|port|upgrad|updat|bump|lint|format|style|type|annotat|clean"
    r"|every|all|any|whole|through|everywhere|consistent|moderni|convert|split|extract|dedup|simplif|speed|fast|perf|warn"
    r"|ci|green|tests? (?:is|are|fails?)|red|broken|work)"
)
_REWRITES = re.compile(
    r"(?i)\b(?:renam|replac|retir|get rid|instead|merg|mov|inlin|unif|clean|simplif|refactor|rewrit|port|split|extract"
    r"|unused|dead|deprecat|legacy|old)"
)
_WORD = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|\d+")
_COMMON = frozenset(
    ["the", "and", "for", "not", "with", "when", "that", "this", "should", "must", "from", "have", "has", "are", "was"]
    + [
        "add",
        "fix",
        "make",
        "use",
        "get",
        "set",
        "new",
        "return",
        "value",
        "test",
        "tests",
        "file",
        "line",
        "it",
        "its",
    ]
    + [
        "all",
        "one",
        "two",
        "too",
        "can",
        "now",
        "give",
        "gives",
        "self",
        "def",
        "import",
        "const",
        "let",
        "var",
        "func",
    ]
    + [
        "function",
        "class",
        "public",
        "static",
        "void",
        "string",
        "int",
        "name",
        "none",
        "null",
        "true",
        "false",
        "else",
    ]
    + [
        "src",
        "lib",
        "index",
        "main",
        "init",
        "util",
        "utils",
        "app",
        "mod",
        "core",
        "common",
        "helpers",
        "data",
        "type",
    ]
)
_TASKS = re.compile(r"(?:^|/)(?:setup|noxfile|tasks|dodo|conf|fabfile)\.py$|\.config\.\w+$|(?:^|/)(?:scripts?|docs?)/")
_PROSE = re.compile(r"""\s*(?:#(?!include|define|if|end)|//|/?\*|\"{3}|'{3}|--\s|[A-Z]\w+ \w+ \w+)""")
_MADE = re.compile(
    r"(?i)do not (?:edit|modify)|@generated|\bgenerated (?:by|from|with|code)|code generated|auto-?generated"
)
_MADE_NAMES = re.compile(r"_pb2(?:_grpc)?\.pyi?$|\.pb\.\w+$|\.gen(?:erated)?\.\w+$|_generated\.\w+$|\.g\.\w+$")
_SOURCES = re.compile(
    r"\.(?:proto|graphqls?|gql|json|ya?ml|toml|xsd|wsdl|sql|tmpl|tpl|j2|hbs|ejs|thrift|avsc|fbs|capnp|g4|yy?|l|idl|prisma"
    r"|lock|mod|xml|csv|txt)$|(?:^|/)(?:scripts?|tools?|codegen|gen\w*)/|(?:^|/)(?:Makefile|go\.sum)$"
)


def _is_about_texts(request: str) -> bool:
    """Whether each message of the session is about texts for people: one that is not may ask for the behaviour."""
    messages = [message for message in request.split("\n\n") if message.strip()]
    return all(_DOCS.search(each) for each in messages) and not _PROGRAM.search(request)


def beyond_request(rule_input: RuleInput) -> Iterator[Finding]:
    """Changed behaviour that the request does not speak of, and generated files without their source."""
    yield from _generated(rule_input)
    request = rule_input.request
    if not request.strip():
        return
    changed = {
        file.change.path: file
        for file, was, now in rule_input.changed_program
        if _behaves(was, now) and not _TASKS.search(file.change.path)
    }
    if _is_about_texts(request) and _documents(rule_input):
        for path, file in changed.items():
            what = "The request is about texts for people, but the behaviour of the program changes here"
            yield _found(file, path, what)
        return
    yield from _removed(rule_input, changed.values())
    if not _BROAD.search(request) and len(changed) > 1:
        explained = _explained(rule_input, changed)
        for path in changed.keys() - explained if explained else ():
            what = "Nothing in this file has to do with what the request names, and its behaviour changes"
            yield _found(changed[path], path, what)


def _documents(rule_input: RuleInput) -> bool:
    """Whether the change touches documentation at all, so that the request is about it and not about documents."""
    texts = (".md", ".rst", ".txt", ".adoc")
    return any(
        file.change.path.endswith(texts) or any(_PROSE.match(line.text[:200]) for line in file.added)
        for file in rule_input.diff.files
    )


def _found(file: FileDiff, path: str, what: str) -> Finding:
    line = next((line.number for line in file.lines if line.sign == "+"), 1)
    return finding(RULE, path, line, "flag", f"{what}. Undo this part, or a person confirms it.")


def _behaves(was: Unit | None, now: Unit | None) -> bool:
    """Whether more than documentation differs: a text alone in a statement does nothing."""
    one, other = (list(_code(unit)) if unit else [] for unit in (was, now))
    return one != other


def _code(unit: Unit) -> Iterator[tuple[str, ...]]:
    for _, tokens in unit.statements:
        rest = tuple(
            token
            for at, token in enumerate(tokens)
            if not (token.startswith('"') and (at == 0 or tokens[max(0, at - 2) : at] == (")", ":")))
        )
        if rest:
            yield rest


def _explained(rule_input: RuleInput, changed: dict[str, FileDiff]) -> set[str]:
    """The changed files that the request names, and those that are tied to them."""
    asked = _words([rule_input.request])
    found = {path for path, file in changed.items() if asked & _words([path, *_texts(rule_input, file)])}
    texts = {path: rule_input.new(file).text + rule_input.old(file).text for path, file in changed.items()}
    while more := {path for path in changed.keys() - found if any(_tied(path, other, texts) for other in found)}:
        found |= more
    return found


def _texts(rule_input: RuleInput, file: FileDiff) -> Iterator[str]:
    for each, was, now in rule_input.changed_program:
        if each is file:
            yield from (unit.name for unit in (was, now) if unit)
    yield from (line.text[:300] for line in file.lines if line.sign != " ")


def _tied(path: str, other: str, texts: dict[str, str]) -> bool:
    """Whether one of the two files names the other, as an import does."""
    pairs = ((path, other), (other, path))
    return any(re.search(rf"(?<!\w){re.escape(_stem(one))}(?!\w)", texts[two]) for one, two in pairs)


def _stem(path: str) -> str:
    bare = PurePosixPath(path)
    return bare.parent.name if bare.stem in ("index", "__init__", "mod", "main") and bare.parent.name else bare.stem


def _words(texts: Iterable[str]) -> set[str]:
    found = {word.lower() for text in texts for word in _WORD.findall(text)} - _COMMON
    return {re.sub(r"(?:ies|es|s|ed|ing|e|y)$", "", word) if len(word) > 4 else word.rstrip("s") for word in found}


def _removed(rule_input: RuleInput, changed: Iterable[FileDiff]) -> Iterator[Finding]:
    """Functions that go with the tests of them, though the request asks for no removal."""
    if _REWRITES.search(rule_input.request):
        return
    asked = _words([rule_input.request])
    gone_tests = [pair.old.unit for pair in rule_input.test_pairs if pair.new is None and pair.old.unit.is_test]
    kept = {unit.name for file in rule_input.program_files for unit in rule_input.new(file).units}
    for file, was, now in rule_input.changed_program:
        if now is not None or was is None or not was.name or was.name in kept or was.name.startswith("_"):
            continue
        if any(was.name in test.words for test in gone_tests) and not _words([was.name, *was.groups]) & asked:
            yield _found(
                file, file.change.path, f"`{was.name}` is removed with its tests, which the request does not ask for"
            )


def _generated(rule_input: RuleInput) -> Iterator[Finding]:
    """Generated files that differ while nothing that they are made from does."""
    if rule_input.asked("regenerat", "generat", "codegen", "rebuild"):
        return
    made, others = list[FileDiff](), list[FileDiff]()
    for file in rule_input.diff.files:
        path = file.change.path
        head = rule_input.old(file).text[:800]
        is_made = _MADE_NAMES.search(path) or _MADE.search(head) and languages.of(path)
        (made if is_made and file.change.status == "modified" else others).append(file)
    sources = [file for file in others if _SOURCES.search(file.change.path)]
    for file in made:
        if _asks_for_update(rule_input, file.change.path):
            continue
        if not sources and not languages.is_supporting(file.change.path):
            reason = (
                "A tool generates this file, and nothing that it is generated from changes, so the edit is lost"
                " the next time. Change the source and generate it, or a person confirms it."
            )
            yield finding(GENERATED, file.change.path, 1, "flag", reason)


def _asks_for_update(rule_input: RuleInput, path: str) -> bool:
    """Whether the request asks for another version of this copied file, by its name."""
    stem = re.escape(PurePosixPath(path).name.split(".")[0])
    copied = re.search(r"(^|/)(?:vendor|vendored|third[-_]party|_vendor|extern\w*)/", path)
    return bool(copied) and rule_input.asked("updat", "upgrad", "bump") and rule_input.asked(rf"{stem}\b")
