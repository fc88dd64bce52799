"""The input of every guard rule: the diff, the files of both sides in their normal form, the base's rules, the
request."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from honk.core.diff import Diff, FileDiff
from honk.core.honk_toml import HonkToml
from honk.core.verdict import Finding, Severity
from honk.verify.base import Listing, Verifier
from honk.verify.syntax import languages, units
from honk.verify.syntax.diff_hunks import MAX_LINE, paths
from honk.verify.syntax.grammars import Tokens, is_literal, language_of
from honk.verify.syntax.pairs import Placed, UnitPair, pair
from honk.verify.syntax.units import SourceFile, Unit

_DEFINES = re.compile(
    r"\b(?:def|class|function|func|fn|interface|struct|enum|trait|module|object|const|let|var)\s+(\w+)"
)
_ASKS_FOR_CHANGE = re.compile(
    r"(?i)\b(?:chang|expect|updat|adjust|replac|reword|renam|instead|now|should|must|rais|lower|increas|decreas"
    r"|remov|drop|delet|switch"
    r"|new |default|return|show|say|format|round|sort|translat|mak|set |use )"
)
_REPAIRS = re.compile(
    r"(?i)\b(?:fix|bug|broken|crash|fail|green|pass|flak|refactor|clean|speed|perf|faster|typo|lint|upgrad|bump)"
)
_KEYWORDS = re.compile(
    r"const|let|var|export|import|from|static|final|public|private|def|class|function|func|type|string|int|return"
    r"|package|module|require|use|val|pub|default|self|this|Decimal"
)
_PORTS = re.compile(
    r"(?i)\b(?:port|migrat\w*|convert\w*|rewrit\w*|translat\w*"
    r"|us(?:e|ing) [\w:.-]+(?: \w+){0,4} instead|switch\w* to|move\w* to)\b"
    r"|\bin(?:to)? (?:pytest|jest|vitest|mocha|junit|assertj|bats|rspec|minitest|pest|unittest) style"
)
_STEADY = re.compile(
    r"(?i)\bflak|deterministic|\bslow machines?|real (?:time|clock)|wall[- ]clock|\bsleep"
    r"|\brandom|\bseed\b|\bunstable|intermittent"
)
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?")


@dataclass(frozen=True)
class RuleInput:
    """The input of a rule. `config` (honk.toml) and `verifiers` are those of the base commit; `before` and `after` list
    the files of both sides. `request` is what was asked for, empty where that is not known."""

    diff: Diff
    config: HonkToml
    verifiers: tuple[Verifier, ...] = ()
    before: Listing = field(default_factory=lambda: Listing(frozenset(), lambda _: b""))
    after: Listing = field(default_factory=lambda: Listing(frozenset(), lambda _: b""))
    request: str = ""
    _files: dict[tuple[bool, str], SourceFile] = field(default_factory=dict, compare=False, repr=False)

    def old(self, file: FileDiff) -> SourceFile:
        """The file as the base has it."""
        return self._file(False, file.change.old_path or file.change.path)

    def new(self, file: FileDiff) -> SourceFile:
        """The file as the change has it."""
        return self._file(True, file.change.path)

    def changed(self, path: str) -> SourceFile:
        """Any file as the change has it, by its path."""
        return self._file(True, path)

    @cached_property
    def _base_test_texts(self) -> tuple[tuple[str, str], ...]:
        holds = (languages.is_test, languages.is_test_support, lambda path: path.endswith(".rs"))
        return tuple(
            (path, self.before.text(path)) for path in sorted(self.before.paths) if any(each(path) for each in holds)
        )

    def base_test_literals(self, value: str) -> Tokens:
        """The literals of the base's tests, in order, in the files that hold the literal `value` in any way of quoting.

        Only these files are parsed, so that no limit on their number is needed.
        """
        bare = value.strip('"')
        found: list[str] = []
        for path, text in self._base_test_texts:
            if bare in text:
                beside = path.endswith(".rs") and not languages.is_test(path)
                found += [
                    literal for unit in self.base(path).all if unit.is_test or not beside for literal in unit.literals
                ]
        return tuple(found)

    def base(self, path: str) -> SourceFile:
        """Any file as the base has it, by its path."""
        return self._file(False, path)

    def _file(self, changed: bool, path: str) -> SourceFile:
        if (changed, path) not in self._files:
            listing = self.after if changed else self.before
            self._files[changed, path] = units.read(path, listing.text(path))
        return self._files[changed, path]

    @cached_property
    def test_files(self) -> tuple[FileDiff, ...]:
        """Files that hold tests or support them, before or after; in Rust tests live beside the program."""
        return tuple(file for file in self.diff.files if any(self._holds_tests(path) for path in paths(file)))

    def _holds_tests(self, path: str) -> bool:
        if languages.is_test(path) or languages.is_test_support(path):
            return True
        return path.endswith(".rs") and any(self._file(side, path).tests for side in (True, False))

    @cached_property
    def program_files(self) -> tuple[FileDiff, ...]:
        """Files that are neither tests nor their support."""
        return tuple(
            file
            for file in self.diff.files
            if file not in self.test_files or file.change.path.endswith(".rs")
            if not languages.is_supporting(file.change.path)
        )

    @cached_property
    def _paired(self) -> tuple[list[UnitPair], list[Placed]]:
        old, new = [], []
        for file in self.test_files:
            if not file.change.binary:
                was, now = self.old(file), self.new(file)
                old += [Placed(was.path, unit) for unit in was.units if _of_tests(was.path, unit)]
                new += [Placed(now.path, unit) for unit in now.units if _of_tests(now.path, unit)]
        renamed = {file.change.old_path: file.change.path for file in self.test_files if file.change.old_path}
        return pair(old, new, renamed)

    @cached_property
    def test_pairs(self) -> tuple[UnitPair, ...]:
        """Every test and helper of the base in the changed test files, with what became of it; then the rest of
        each file."""
        rests = []
        for file in self.test_files:
            was, now = self.old(file), self.new(file)
            if was.rest and now.rest and now.text and _of_tests(was.path, was.rest):
                rests.append(UnitPair(Placed(was.path, was.rest), Placed(now.path, now.rest)))
        return (*self._paired[0], *rests)

    @cached_property
    def new_units(self) -> tuple[Placed, ...]:
        """Tests and helpers that the change adds to test files."""
        return tuple(self._paired[1])

    @cached_property
    def changed_program(self) -> tuple[tuple[FileDiff, Unit | None, Unit | None], ...]:
        """The program's functions (and rests of files) that differ, as (file, before, after)."""
        found: list[tuple[FileDiff, Unit | None, Unit | None]] = []
        for file in self.program_files:
            if not language_of(file.change.path) or file.change.binary:
                continue
            was = [Placed("", unit) for unit in self.old(file).all if not unit.is_test]
            now = [Placed("", unit) for unit in self.new(file).all if not unit.is_test]
            rests = ([each for each in side if not each.unit.name] for side in (was, now))
            pairs, fresh = pair([each for each in was if each.unit.name], [each for each in now if each.unit.name], {})
            for each in pairs:
                if each.new is None or each.new.unit.tokens != each.old.unit.tokens:
                    found.append((file, each.old.unit, each.new.unit if each.new else None))
            found.extend((file, None, each.unit) for each in fresh)
            one, other = (next((each.unit for each in rest), None) for rest in rests)
            if (one.tokens if one else ()) != (other.tokens if other else ()):
                found.append((file, one, other))
        return tuple(found)

    @cached_property
    def changed_names(self) -> frozenset[str]:
        """Names in the program whose meaning the change may touch: changed functions, and what uses them."""
        names: set[str] = set()
        for _, was, now in self.changed_program:
            for unit in (was, now):
                if unit and unit.name:
                    names |= {unit.name, *unit.groups}
            if not any(unit and unit.name for unit in (was, now)):
                one, other = ({tokens for _, tokens in unit.statements} if unit else set() for unit in (was, now))
                names |= {
                    token
                    for statement in one ^ other
                    for token in statement[:8]
                    if re.match(r"[A-Za-z_$]\w{2,}$", token) and not _KEYWORDS.fullmatch(token)
                }
        for _ in range(3):
            users = {
                unit.name
                for file in self.program_files
                if language_of(file.change.path)
                for unit in self.new(file).units
                if unit.words & names
            }
            if users <= names:
                break
            names |= users
        return frozenset(name for name in names if len(name) > 1)

    @cached_property
    def program_strings(self) -> frozenset[str]:
        """String literals (such as routes) in changed functions of the program."""
        return frozenset(
            token
            for _, was, now in self.changed_program
            for unit in (was, now)
            if unit
            for token in unit.literals
            if len(token) > 4 and token[0] == '"'
        )

    @cached_property
    def words_moved(self) -> tuple[frozenset[str], frozenset[str]]:
        """Words and numbers that the change removes from the program, and those that it adds to it."""
        gone: Counter[str] = Counter()
        come: Counter[str] = Counter()
        for file in self.program_files:
            old, new = (self._inline_tests(side) for side in (self.old(file), self.new(file)))
            for line in file.lines:
                if line.sign != " " and line.number not in (old if line.sign == "-" else new):
                    found = [word.lower() for word in _WORD.findall(line.text[:MAX_LINE])]
                    (gone if line.sign == "-" else come).update(found)
        return frozenset(gone - come), frozenset(come - gone)

    @staticmethod
    def _inline_tests(file: SourceFile) -> frozenset[int]:
        """The lines of tests that stand beside the program, as in Rust."""
        if not file.path.endswith(".rs"):
            return frozenset()
        tests = [unit.node for unit in file.units if unit.is_test or "tests" in unit.groups]
        return frozenset(number for node in tests for number in range(node.row + 1, node.end_row + 2))

    @cached_property
    def removed_names(self) -> frozenset[str]:
        """Functions, classes and files that the change removes from the program, in lower case."""
        gone: set[str] = set()
        for file in self.program_files:
            was, now = self.old(file), self.new(file)
            tests = {unit.name for unit in was.units if unit.is_test}
            if was.read:
                gone |= {name for unit in was.units for name in (unit.name, *unit.groups)} - {
                    name for unit in now.units for name in (unit.name, *unit.groups)
                }
            gone |= {match[1] for line in file.removed if (match := _DEFINES.search(line.text[:MAX_LINE]))}
            gone -= tests
            if file.change.status == "deleted":
                gone.add(PurePosixPath(file.change.path).stem)
        kept = frozenset(
            match[1]
            for file in self.program_files
            for line in file.added
            for match in _DEFINES.finditer(line.text[:MAX_LINE])
        )
        return frozenset(name.lower() for name in gone - kept if len(name) > 2)

    def subject_removed(self, about: Iterable[str]) -> bool:
        """Whether the change also removes from the program what a test or assertion with these words was about."""
        return bool({word.lower() for word in about} & self.removed_names)

    @cached_property
    def added_texts(self) -> Counter[str]:
        """Every added line without its indentation, counted. Finds lines that were only moved."""
        return Counter(line.text.strip() for file in self.diff.files for line in file.added)

    @cached_property
    def removed_texts(self) -> Counter[str]:
        """Every removed line without its indentation, counted."""
        return Counter(line.text.strip() for file in self.diff.files for line in file.removed)

    def related(self, unit: Unit) -> bool:
        """Whether the test or helper uses something of the program that the change touches."""
        if unit.words & self.changed_names:
            return True
        return any(token in self.program_strings for token in unit.literals)

    def explained(self, old: Iterable[str], new: Iterable[str], unit: Unit | None = None) -> bool:
        """Whether the program or the request accounts for expectations turning from the tokens `old` to `new`.

        The program does when the words that go and come go and come there as well. With a request, its words must
        name the new value or ask for a change of what the test is about; without one, it is enough that the change
        touches the program that the test uses.
        """
        was, now = _tokens_words(old), _tokens_words(new)
        gone, come = was - now, now - was
        removed, added = self.words_moved
        if (gone or come) and gone <= removed and come <= added and (gone & removed or not gone):
            return True
        if self.porting and (gone | come) and not come:
            return True
        exactly_gone, exactly_come = _exact_words(old) - _exact_words(new), _exact_words(new) - _exact_words(old)
        if self._named_in_request(exactly_come):
            return True
        if not exactly_come and self._names_all(exactly_gone) and not _REPAIRS.search(self.request):
            return True
        if unit is None or not self.related(unit):
            return False
        return bool(_ASKS_FOR_CHANGE.search(self.request)) or not _REPAIRS.search(self.request)

    @cached_property
    def asks_for_output(self) -> bool:
        """Whether the request asks for another output, and not for a repair."""
        shown = re.search(r"(?i)\b(?:print|show|format|display|render|write|output|put)s?\b", self.request)
        return bool(shown) and not _REPAIRS.search(self.request) and not re.search(r"(?i)\bred\b|wrong", self.request)

    @cached_property
    def porting(self) -> bool:
        """Whether the request asks to write tests for another framework, or in another form."""
        return bool(_PORTS.search(self.request))

    def _names_all(self, gone: frozenset[str]) -> bool:
        """Whether the request asks to leave all these words out."""
        asks = self.asked(r"nothing\b", r"without\b", "no longer", "remov", "drop", r"leav\w* out", "omit", r"hid\w+")
        return asks and bool(gone) and gone <= set(_WORD.findall(self.request))

    @cached_property
    def asks_for_steadiness(self) -> bool:
        """Whether the request asks to make tests independent of time or chance."""
        return bool(_STEADY.search(self.request))

    def _named_in_request(self, come: frozenset[str]) -> bool:
        """Whether the request uses all these words and numbers; numbers beside one of its numbers are its bounds."""
        asked = set(_WORD.findall(self.request))
        asked |= {_NUMBERS[word.lower()] for word in asked if word.lower() in _NUMBERS}
        asked |= {str(int(word) + step) for word in asked if word.isdigit() and len(word) > 1 for step in (-1, 1)}
        lower = {word.lower() for word in asked}
        return bool(come) and all(word in asked or (word.lower() in lower and word == word.lower()) for word in come)

    def asked(self, *about: str) -> bool:
        """Whether the request uses one of these words (as the beginning of a word)."""
        return bool(about) and bool(re.search(rf"(?i)\b(?:{'|'.join(about)})", self.request))


def _of_tests(path: str, unit: Unit) -> bool:
    """Whether the unit is on the tests' side; a Rust file holds both sides."""
    beside = path.endswith(".rs") and not languages.is_test(path)
    return not beside or unit.is_test or "tests" in unit.groups


def _tokens_words(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in _exact_words(tokens))


def _exact_words(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(
        word
        for token in tokens
        if is_literal(token) or token[:1].isalpha()
        for word in _WORD.findall(re.sub(r"\\[nrt]", " ", token))
    )


def literal_changes(old: Tokens, new: Tokens) -> tuple[Tokens, Tokens]:
    """The literals that only `old` has, and those that only `new` has."""
    one, other = (Counter(token for token in side if is_literal(token)) for side in (old, new))
    return tuple((one - other).elements()), tuple((other - one).elements())


Rule = Callable[[RuleInput], Iterator[Finding]]
"""A rule: returns findings in any order."""


def finding(rule: str, path: str, line: int, severity: Severity, reason: str) -> Finding:
    """A finding. `reason` says in plain words what was seen, why it matters and what settles it."""
    return Finding(rule, path, line, severity, reason)
