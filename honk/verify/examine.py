"""A checkout examined from beginning to end: set-up, verifiers, guard. What `honk verify` is made of."""

from dataclasses import dataclass

from honk.core.diff import Diff
from honk.core.execution import Job, Run
from honk.core.repofile import RepoFile
from honk.core.verdict import Finding, SetupRun, Verdict, blocked, green
from honk.verify import guard
from honk.verify.base import Listing
from honk.verify.detect import detect, detect_setup
from honk.verify.run import Tell, run_all, set_up


@dataclass(frozen=True)
class Examination:
    """What came of it. Where set-up failed no verifier was run, and nothing is known of them."""

    setup: tuple[SetupRun, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Set-up worked, no verifier blames the change, and no guard rule blocks it."""
        return all(run.ok for run in self.setup) and green(self.verdicts) and not blocked(self.findings)


async def examine(
    listing: Listing,
    repofile: RepoFile,
    run: Run,
    job: Job,
    *,
    setup_job: Job | None = None,
    diff: Diff | None = None,
    baseline: tuple[Verdict, ...] = (),
    tell: Tell = lambda verdict: None,
) -> Examination:
    """Set up the tree of `job`, run its verifiers, and have the guard read `diff` where there is one.

    `listing` and `repofile` are those of the commit whose rules hold: the base of `diff`, or the checkout itself.
    `setup_job` is the template for set-up (it may have a wire that verifiers have not); default: `job`. Raises what
    `run` raises when there is no sandbox.
    """
    verifiers = detect(listing, repofile)
    findings = guard.read(diff, repofile, verifiers) if diff else ()
    setup = await set_up(run, setup_job or job, detect_setup(listing, repofile).commands)
    if not all(step.ok for step in setup):
        return Examination(setup, (), findings)
    return Examination(setup, await run_all(run, job, verifiers, baseline=baseline, tell=tell), findings)
