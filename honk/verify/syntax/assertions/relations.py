"""Which relation a matcher's or assertion's name means."""

import re

from honk.verify.syntax.assertions.assertion import Relation

_RELATIONS: tuple[tuple[Relation, str], ...] = (
    ("raises",
        r"(to)?(fails(with)?|throws?)(error|exception|exactly)?(async|any)?|raises?(error|exception)?(regexp?)?"
        r"|shouldthrow|rejectedwith"
     r"|expectexception\w*|doesnotthrow|throwerrormatchinginlinesnapshot|panics(withvalue|witherror)?"
     r"|errorcontains|erroris|iserror"
     r"|errorexpected|shouldpanic|isinstanceoferror|isthrownby|error|haserror|hasmessage\w*|errorequal"
     r"|equalerror|errorof"),
    ("unequal", r"(is)?not\w*(equals?|same|equalto|be|is)|ne|unequal|notdeepequal|notstrictequal|isnot|differs?"),
    ("alike",
        r"(equals?|isequalto)ignoring\w*|matcharray|elementsmatch|items?equal|countequal|sameelements"
        r"|equivalent(to)?"
     r"|equalfold|samemembers|containsinanyorder|containsexactlyinanyorder\w*|equalscanonicalizing|jsoneq|yamleq"
     r"|beequivalentto"
     r"|unorderedequal|setequal|containexactly|equalvalues|looseequal|deeplooseequal|equalunordered"),
    ("approx",
        r"approx\w*|allclose|almostequals?|(be|is)?closeto(within)?|indelta\w*|inepsilon|(be)?within\w*"
        r"|approximately|equalwithdelta"
     r"|equalsdelta|assertrelativeeq|assertabsdiffeq"),
    ("equal",
        r"(is|be|deep|strict|deepstrict|dict|list|tuple|set|sequence|multiline|object|array)*(equals?|equalto|eq"
        r"|eql|eqv|same|sameas)"
     r"|be|is|exactly(equals?)?|same|equal\w*(file|string|xml\w*|json\w*)|strictequals?|containsexactly|haveexactly"
     r"|matches?(inline)?snapshot|snapshot(matches)?|len(gth)?|(to)?have(length|size|count)(of)?|hassize|count"
     r"|size|iszero|zero|isnull|benull|null"
     r"|isnil|nil|benil|isnone|none|empty|isempty|beempty|true|istrue|betrue|false|isfalse|befalse|undefined"
     r"|beundefined"
     r"|(to)?havetext|textcontentequals|(to)?havevalue|(to)?haveurl|noerror|beequal|lengthof|issameas"
     r"|assertjsonresponse|status|havestatus|assertstatus"),
    ("pattern",
        r"(to)?(match(es)?|regexp?|matchesregexp?|matchpattern|containspattern)|matching"
        r"|matchesregularexpression"),
    ("part",
        r"\w*(contain|include|matchobject|startswith|endswith|startwith|endwith|hasproperty|haveproperty|subset"
        r"|superset|keys?|members"
     r"|objectcontaining|arraycontaining|stringcontaining|oneof|hasentry|hasitem|partialdeep|contentequal)\w*|in"
     r"|has|like|be_?in|cover"),
    ("order", r"\w*(greater|less|atleast|atmost|above|below|between|positive|negative|before|after|gt|gte|lt|lte)\w*"
        r"|(not)?in(range|set)"),
    ("type",
        r"(is|be)?\w*(instanceof|instance|typeof|oftype|assignable|kindof|isa|be_?an?|subclass|an?)|implements"
        r"|responds?to"),
    ("present",
        r"ok|truthy|falsy|falsey|(be)?(truthy|falsy|falsey|defined|ok|some)|(is)?not(null|none|nil|undefined"
        r"|empty|zero|false|blank)\w*"
     r"|isdefined|defined|exists?|present|bepresent|isok|issome|iserr|beinthedocument|bevisible|isnotfalse"
     r"|visible|resolves?|any"),
    ("called", r"\w*(called|calls|invoked|received)\w*|verify|toreceive"),
)  # fmt: skip
_COMPILED = tuple((relation, re.compile(f"(?:{pattern})\\Z")) for relation, pattern in _RELATIONS)
_PREFIX = re.compile(
    r"^(?:debug)?(?:assert(?:that|is)?|refute|require|ensure|expect|should|must|wont|to|check|is(?=true|false))(?=.)"
)


def plain_name(name: str) -> str:
    return re.sub(r"[_!?]", "", name).lower()


def relation_of(name: str) -> Relation:
    """The relation that a matcher's or assertion's name means; `other` where that is not known."""
    bare = plain_name(name)
    if re.match(r"expectexception|tothrow|shouldthrow|isinstanceof", bare):
        return "type" if bare.startswith("isinstanceof") else "raises"
    while (cut := _PREFIX.sub("", bare)) != bare:
        bare = cut
    return next((relation for relation, pattern in _COMPILED if pattern.match(bare)), "other")
