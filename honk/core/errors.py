"""Every way in which Honk says no.

    HonkError                 one line that says what happened and what to do next
    ├── WorkFailed      1     the work itself failed: red verifiers, refused by policy, a conflict
    ├── UsageError      2     wrong usage or configuration
    └── Unavailable     3     a part of the machine or a service is missing
        └── Overloaded        it answers, but not now; worth another try

The number is the exit status of the command line (design, section 5).
"""


class HonkError(Exception):
    """Base of all errors that a person is meant to read. `str(error)` is the message."""

    exit_status = 1


class WorkFailed(HonkError):
    """The work was done and its result is no: nothing is broken, somebody has to decide."""

    exit_status = 1


class UsageError(HonkError):
    """The request or a configuration file cannot be understood; the message names the nearest right thing."""

    exit_status = 2


class Unavailable(HonkError):
    """Something outside Honk is missing or out of order; the message says how to get it."""

    exit_status = 3


class Overloaded(Unavailable):
    """A service asked us to come back later. `retry_after` is in seconds, None when it did not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
