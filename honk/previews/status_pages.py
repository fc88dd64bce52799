"""The pages that Honk shows in place of a preview. Pure functions; untrusted text is escaped."""

from html import escape

_STYLE = """
:root{color-scheme:light dark}
body{font:17px/1.5 system-ui,sans-serif;max-width:36rem;margin:18vh auto 2rem;padding:0 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}
p{margin:.5rem 0;opacity:.8}
pre{font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;padding:.75rem;
border:1px solid #8886;border-radius:.5rem;max-height:45vh;overflow:auto}
code{white-space:nowrap}
button{font:inherit;font-weight:600;padding:.7rem 1.2rem;border:0;border-radius:.6rem;background:#2457d6;color:#fff}
.bar{height:4px;border-radius:2px;background:#8884;overflow:hidden;margin-top:1.5rem}
.bar::before{content:"";display:block;height:100%;width:35%;border-radius:2px;background:#2457d6;
animation:go 1.2s ease-in-out infinite alternate}
@keyframes go{from{margin-left:0}to{margin-left:65%}}
@media (prefers-reduced-motion:reduce){.bar::before{animation:none}}
small{display:block;margin-top:2rem;opacity:.6}
"""

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
"""The policy of these pages, which show untrusted text and need no script."""

RESTART = "/.honk/restart"
"""The path to which the button of `crashed` posts."""


def starting(session: str) -> str:
    """While an app starts. The page reloads every second, without script."""
    body = '<p>This page opens the preview as soon as it answers.</p><div class="bar"></div>'
    return _page("The preview is starting", body, session, refresh=True)


def no_response(session: str) -> str:
    """The app runs but refused the connection, or closed it."""
    body = '<p>Trying again.</p><div class="bar"></div>'
    return _page("The app does not answer", body, session, refresh=True)


def crashed(session: str, what: str, log: str) -> str:
    """The app ended or never started. `what` is one sentence, `log` the end of its output."""
    lines = f"<p>The last lines it printed:</p><pre>{escape(log)}</pre>" if log.strip() else ""
    button = f'<form method="post" action="{RESTART}"><button>Start it again</button></form>'
    return _page("The preview is not running", f"<p>{escape(what)}</p>{lines}{button}", session)


def expired(session: str) -> str:
    """A valid link that has expired."""
    return _page("This link has expired", f"<p>{_fresh_link(session)}</p>", session)


def link_required(session: str = "") -> str:
    """The link is invalid or for another preview, or its cookie is missing."""
    return _page("This preview opens with its link", f"<p>{_fresh_link(session)}</p>", session)


def cross_origin() -> str:
    """A request from a page of another site."""
    return _page("Refused", "<p>Pages of other sites cannot use a preview.</p>", "")


def not_found() -> str:
    """An unknown path under Honk's own prefix."""
    return _page("There is no such page", "", "")


def _fresh_link(session: str) -> str:
    shell = f", or run <code>honk show {escape(session)}</code>" if session else ""
    return f"The session’s thread has a fresh link{shell}."


def _page(title: str, body: str, session: str, *, refresh: bool = False) -> str:
    again = '<meta http-equiv="refresh" content="1">' if refresh else ""
    foot = f"<small>Honk · session {escape(session)}</small>" if session else "<small>Honk</small>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">{again}'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>{body}{foot}</body></html>"
    )
