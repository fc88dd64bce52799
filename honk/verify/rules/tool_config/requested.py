"""Whether the request asks for the very thing that makes a check weaker."""

import re
from collections.abc import Iterable

from honk.verify.rules.rule_input import RuleInput
from honk.verify.rules.tool_config.setting_values import dashed

_LESS = re.compile(
    r"\b(?:lower|reduc|relax|loosen|weaken|remov|drop|disabl|turn(?:ing)? off|turn\b.{1,40}\boff\b|switch(?:ing)? off"
    r"|allow|permit|ignor|exclud|skip|no longer|delet|downgrad|widen|instead of|replac|silenc|omit|leave out|get rid"
    r"|retir|un-?install|migrat|mov(?:e|ing)|revert|only|stop|retry|rerun|longer)"
)
_WORD = re.compile(r"[a-z0-9]+")
_COMMON = re.compile(
    r"the|and|for|with|run|checks?|tests?|lint|tool|all|not|src|from|default|rules?|config|global|true|false|error|warn"
    r"|enabled?|max|min|value|name"
)


def requested(rule_input: RuleInput, names: Iterable[str], value: object) -> bool:
    """Whether the request names one of `names` (settings, tools, flags, paths) and asks for less of it, or gives the
    new value of it."""
    request = rule_input.request.lower()
    if not request:
        return False
    said = set(_WORD.findall(request))
    named = any(_named(name, request, said) for name in names)
    if not named:
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(re.search(rf"(?<![\d.])0*{re.escape(f'{value:g}')}(?![\d]|\.\d)", request))
    return bool(_LESS.search(request))


def _named(name: str, request: str, said: set[str]) -> bool:
    if len(name) > 2 and re.search(rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])", request):
        return True
    words = [word for word in _WORD.findall(dashed(name)) if len(word) > 2 and not _COMMON.fullmatch(word)]
    return bool(words) and all(word in said or f"{word}s" in said or word.removesuffix("s") in said for word in words)
