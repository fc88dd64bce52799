"""Credentials in added lines. A reason names the kind of a secret and never a part of it.

The patterns are those of detect-secrets, used one plugin at a time: its own entry points keep settings in globals and
obey `pragma: allowlist` comments, which the checked agent could write.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.keyword import KeywordDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from honk.core import path_patterns
from honk.core.diff import DiffLine
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages

RULE = "secret"

MAX_WIDTH = 1000
"""A longer line is cut here."""

NEAR = 300
"""An assignment to something named like a secret is looked for in so many characters of a line: the library's
patterns for it take quadratic time."""

_FORMATS: tuple[type[Any], ...] = (
    ArtifactoryDetector,
    AWSKeyDetector,
    AzureStorageKeyDetector,
    DiscordBotTokenDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    MailchimpDetector,
    NpmDetector,
    OpenAIDetector,
    PrivateKeyDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    SquareOAuthDetector,
    StripeDetector,
    TelegramBotTokenDetector,
    TwilioKeyDetector,
)
_MORE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Anthropic key", re.compile(r"\bsk-ant-[\w-]{20,}")),
    ("OpenAI key", re.compile(r"\bsk-(?:proj|svcacct|admin)-[\w-]{20,}")),
    ("GitHub token", re.compile(r"\bgithub_pat_\w{22,}")),
    ("Google API key", re.compile(r"\bAIza[\w-]{35}")),
    ("Google OAuth secret", re.compile(r"\bGOCSPX-[\w-]{20,}")),
    ("Slack app token", re.compile(r"\bxapp-\d-[\w-]{20,}")),
    ("Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("DigitalOcean token", re.compile(r"\bdo[por]_v1_[a-f0-9]{64}")),
    ("Shopify token", re.compile(r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}")),
    (
        "Slack or Discord webhook",
        re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{50,}"),
    ),
    ("JSON web token", re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}")),
    ("Supabase token", re.compile(r"\bsbp_[a-f0-9]{40}\b")),
    ("Resend key", re.compile(r"\bre_\w{8}_\w{20,}")),
    ("OpenRouter key", re.compile(r"\bsk-or-v1-[a-f0-9]{64}\b")),
    ("Doppler token", re.compile(r"\bdp\.(?:pt|st|ct)\.\w{40,}")),
    ("PlanetScale token", re.compile(r"\bpscale_(?:tkn|pw)_[\w-]{32,}")),
    ("Atlassian token", re.compile(r"\bATATT3[\w=-]{100,}")),
    ("Linear key", re.compile(r"\blin_api_\w{32,}")),
    ("Databricks token", re.compile(r"\bdapi[a-f0-9]{32}\b")),
    ("Vault token", re.compile(r"\bhv[sb]\.[\w-]{24,}")),
    ("Terraform token", re.compile(r"\b\w{14}\.atlasv1\.[\w-]{60,}")),
    ("Grafana token", re.compile(r"\bglsa_\w{32}_[a-f0-9]{8}\b")),
    ("New Relic key", re.compile(r"\bNRAK-[A-Z0-9]{27}\b")),
    ("Sentry token", re.compile(r"\bsntry[su]_[\w+/=-]{40,}")),
    ("Square token", re.compile(r"\bEAAA[\w-]{60}\b")),
    ("Azure client secret", re.compile(r"\b[\w~.-]{3}\dQ~[\w~.-]{31,34}\b")),
    ("age key", re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}")),
)
_MORE_HINT = re.compile(
    r"sk-|github_pat|AIza|GOCSPX|xapp-|hf_|do[por]_v1|shp|webhooks|hooks\.slack|eyJ|lin_api|dapi|hv[sb]\.|atlasv1|glsa_"
    r"|sbp_|re_|dp\.|pscale|ATATT|NRAK|sntry|EAAA|Q~|AGE-"
)
_HINT = re.compile(
    r"A3T|AKIA|A[GI]PA|A[IR][DO]A|AN[PV]A|ASIA|ABIA|ACCA|(?i:aws)|AKC|AP[\dA-F]|AccountKey|[MNO][\w-]{23}"
    r"|gh[pousr]_|gl[a-z]+-"
    r"|GR1348941|-us\d|_authToken|T3BlbkFJ|PRIVATE|PuTTY|pypi-|SG\.|xox|slack|sq0csp|[rs]k_live|\d:[\w-]{35}"
    r"|AC[a-z\d]{32}"
    r"|SK[a-z\d]{32}"
)
"""Matches a part of every format of the plugins; lines without a match need no plugin."""

_NAMED = re.compile(r"(?i)pass|pwd|secret|token|key|credential|auth|private")
_PLACEHOLDER = re.compile(
    r"(?i)example|sample|dummy|fake|mock|placeholder|change[-_ ]?me|your[-_ ]|x{4,}|\*{3,}|\.{3}|<[^>]+>|\$\{|\{\{|%\("
    r"|test|secret|password|passw0rd|hunter2|foobar|1234|abcd|not[-_ ]?(?:a|real)"
    r"|redacted|local(?:host|dev)|\benv\b|environ|getenv|process\.|vault|insert|todo|none|null|undefined|dev\b"
)
_WORD_SHAPED = re.compile(r"^[a-zA-Z]+(?:[-_. ][a-zA-Z]+)*\d{0,2}$|^[\w.]+\(|^[./~]|^https?://|^\w+(?:\.\w+)+$")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LOCK_FILES = (
    "*.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "go.sum",
    "*.snap",
    "*.min.js",
    "*.map",
)
_BASIC = re.compile(r"://[^/\s:@'\"`]*:([^/\s@'\"`]{3,})@([^/\s:'\"`?]*)")
_GIVEN = re.compile(
    r"(?i)\bauthorization['\"]?\s*[:=]\s*['\"]?(?:bearer|token|basic)\s+([\w.+/=-]{20,})"
    r"|\bcurl\b.*\s-u\s*['\"]?[\w.-]+:([^\s'\"]{8,})|\blogin\b.*\s(?:-p|--password)[= ]['\"]?([^\s'\"]{8,})"
    r"|[?;&](?:password|pwd)=([^\s'\";&]{8,})"
    r"|[\w.-]*(?:pass(?:word|wd)?|secret(?:_key_base)?|token|(?:api|access|secret|private)[-_]?key)[\"']?\s*[:=]\s*"
    r"(?:['\"]([^\s'\"]{12,})['\"]\s*[,;)]*|([^\s'\"#$<{(%,;]\S{7,}))\s*(?:#.*)?$"
)
"""Credentials in a header, on a command line, or without quotes in a file of settings."""

_COMMON_PASSWORDS = frozenset(
    ["pass", "postgres", "root", "user", "admin", "guest", "mysql", "rabbitmq", "minio", "pwd"]
)
_LOCAL_HOSTS = re.compile(
    r"localhost|127\.|0\.0\.0\.0|\[::1"
    r"|(?:db|database|postgres\w*|redis|mysql|mariadb|mongo\w*|rabbitmq|mq|cache|host)(?:[:/]|$)"
)


def secrets_added(rule_input: RuleInput) -> Iterator[Finding]:
    """Secrets in lines that the change adds: one finding a line."""
    removed = frozenset(line.text.strip() for file in rule_input.diff.files for line in file.removed)
    for file in rule_input.diff.files:
        path = file.change.path
        supporting = languages.is_supporting(path)
        formats_only = supporting or path_patterns.matches(path, _LOCK_FILES)
        for line in file.added:
            if line.text.strip() not in removed and (hit := _judged(path, line, supporting, formats_only)):
                yield hit


def _judged(path: str, line: DiffLine, supporting: bool, formats_only: bool) -> Finding | None:
    text = line.text[:MAX_WIDTH]
    if len(text) < 12:
        return None
    if kind := _format(text):
        severity: Severity = "flag" if supporting and "private key" not in kind.lower() else "block"
        reason = f"This looks like a real credential ({kind}). Remove it, and revoke it if it was in use."
        return finding(RULE, path, line.number, severity, reason)
    if formats_only:
        return None
    if _basic(text):
        return finding(
            RULE,
            path,
            line.number,
            "flag",
            "This address holds a password; a person must confirm that it is no real one.",
        )
    if strength := _assigned(path, text):
        reason = "This looks like a secret in the code. Read it from the environment instead."
        return finding(RULE, path, line.number, "block" if strength > 1 else "flag", reason)
    if _given(text):
        reason = "This looks like a credential in the open. Read it from the environment instead."
        return finding(RULE, path, line.number, "flag", reason)
    return None


def _format(text: str) -> str:
    for plugin in _plugins() if _HINT.search(text) else ():
        for value in _values(plugin.analyze_string(text)):
            if not _PLACEHOLDER.search(value) or isinstance(plugin, PrivateKeyDetector):
                return str(plugin.secret_type)
    for name, pattern in _MORE if _MORE_HINT.search(text) else ():
        match = pattern.search(text)
        if match and not re.search(r"(?i)example|x{6,}|\.{3}|fake|dummy|your|0{8,}", match[0]):
            return name
    return ""


def _basic(text: str) -> bool:
    """Whether the line holds an address with a password that is no example."""
    for match in _BASIC.finditer(text):
        password, host = match[1], match[2]
        if password.lower() in _COMMON_PASSWORDS or re.match(r"[${<%]|\w*\(", password) or len(set(password)) < 4:
            continue
        if password.isupper() and password.isalpha() or re.search(r"[{}<>]|\.\.\.|\*\*|x{4}", password):
            continue
        if _LOCAL_HOSTS.match(host) and not _looks_made(password):
            continue
        if not _PLACEHOLDER.fullmatch(password) and not re.fullmatch(
            r"(?i)(?:my|the|some|your)?[-_]?(?:secret|password|passw0rd|token|changeme|example|test|dummy)\d*", password
        ):
            return True
    return False


def _looks_made(value: str) -> bool:
    """Whether a program made the value up: long, and of many different characters."""
    return len(value) >= 12 and _entropy(value) >= 3.2 and bool(re.search(r"\d", value))


def _given(text: str) -> bool:
    """Whether a header, a command or a setting without quotes holds a credential."""
    match = _GIVEN.search(text[:NEAR]) if _NAMED.search(text[:NEAR]) or "curl" in text or "login" in text else None
    value = next((each for each in match.groups() if each), "") if match else ""
    plain = _PLACEHOLDER.search(value) or _WORD_SHAPED.match(value) or re.search(r"[()\[\]]|^[\d.]+$", value)
    return bool(value) and not plain and _entropy(value) >= 2.8 and bool(re.search(r"\d", value))


def _assigned(path: str, text: str) -> int:
    """Whether the line assigns a secret: 0 no, 1 perhaps, 2 yes (the value looks random)."""
    if not _NAMED.search(text[:NEAR]):
        return 0
    for secret in _keyword().analyze_line(filename=path, line=text[:NEAR], line_number=1):
        value = str(secret.secret_value)
        if len(value) < 8 or _PLACEHOLDER.search(value) or _WORD_SHAPED.match(value) or _UUID.fullmatch(value):
            continue
        entropy = _entropy(value)
        if (len(value) >= 20 and entropy >= 3.8) or (len(value) >= 32 and entropy >= 3.2):
            return 2
        if entropy >= 2.8 and re.search(r"\d", value):
            return 1
    return 0


def _entropy(value: str) -> float:
    """Shannon's, in bits for each character."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


def _values(found: Iterable[Any]) -> list[str]:
    return [str(value) for value in found]


@cache
def _plugins() -> tuple[Any, ...]:
    return tuple(plugin() for plugin in _FORMATS)


@cache
def _keyword() -> Any:
    return KeywordDetector()
