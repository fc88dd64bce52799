"""The guard: deterministic rules over the diff. To add a rule: one function in rules/, one line here.

`block` stops the change until it is put right; `flag` lets it through to a person who must look. Which it is follows
from one question: is there an honest change that looks like this? If there is, a person decides.

Rules come from the base commit: `repofile` and `verifiers` are the base's, never what the change makes of them.
"""

from honk.core.diff import Diff
from honk.core.repofile import RepoFile
from honk.core.verdict import Finding
from honk.verify.base import Verifier
from honk.verify.rules import assertions, gone, house, markers, pipelines, places, runners, secrets, settings, skipped
from honk.verify.rules.scene import Rule, Scene

RULES: tuple[Rule, ...] = (
    gone.deleted,
    gone.hidden,
    skipped.skipped,
    skipped.enclosed,
    skipped.cut_short,
    assertions.weakened,
    assertions.trivial,
    assertions.emptied,
    runners.forced,
    runners.shadowed,
    pipelines.ci,
    pipelines.make,
    pipelines.scripts,
    pipelines.called,
    settings.configured,
    settings.silenced,
    house.changed,
    markers.left,
    places.protected,
    places.steering,
    places.links,
    places.unreadable,
    secrets.added,
)

MAX_FINDINGS = 200
"""A change with more hits than this is not judged hit by hit."""


def read(diff: Diff, repofile: RepoFile, verifiers: tuple[Verifier, ...] = ()) -> tuple[Finding, ...]:
    """All that the rules object to in `diff`: what blocks first, then by path and line; each place once for a rule."""
    scene = Scene(diff, repofile, verifiers)
    found: dict[tuple[str, str, int], Finding] = {}
    for rule in RULES:
        for hit in rule(scene):
            place = (hit.rule, hit.path, hit.line)
            if place not in found or hit.severity == "block":
                found.setdefault(place, hit)
                if found[place].severity == "flag" and hit.severity == "block":
                    found[place] = hit
    ordered = sorted(found.values(), key=lambda hit: (hit.severity != "block", hit.path, hit.line, hit.rule))
    return tuple(ordered[:MAX_FINDINGS])
