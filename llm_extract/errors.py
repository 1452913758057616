"""Everything that can go wrong, with what to do next.

    LlmExtractError                 exit 1
    ├── UsageError                  exit 2   an option, a name or a file that cannot work
    │   ├── InputError                       an article that cannot be read
    │   ├── TypeDefinitionError              a schema or template that cannot be loaded
    │   └── CassetteError                    a recording that is missing, stale or torn
    ├── StoreError                  exit 1   a run's files, which cannot be read or written
    ├── Halted                      exit 4   a bound the user has set is reached; the run can go on
    └── ModelError                  exit 3   a model that cannot be used
        ├── EndpointError                    every further call would fail too
        └── ReplyError                       this one call failed; others may work

The command line prints ``error:`` and the message, then ``hint:`` and the hint, in one place.
"""

from __future__ import annotations

from typing import ClassVar, Literal

EndpointProblem = Literal[
    "unreachable",  # nothing answers, or 5xx after the last try
    "unauthorized",  # 401 or 403
    "no_such_model",  # 404
    "no_quota",  # 429 that waiting will not mend
    "rate_limited",  # 429, and waiting is over or not worth it
    "unsupported",  # the endpoint cannot answer in a structured form
    "redirected",  # 3xx: the article would go elsewhere
    "no_key",  # no key in the environment
    "insecure",  # a key would travel in the clear
    "no_weights",  # the embedded model cannot be had
]
"""Why an endpoint cannot be used."""

ReplyProblem = Literal[
    "truncated",  # finish_reason length
    "looping",  # the reply repeats itself or ends in white space until the limit
    "refused",  # the model or a filter declined
    "malformed",  # not JSON, duplicate keys, NaN, not the shape asked for
    "context_exceeded",  # the prompt does not fit
    "rejected",  # 400, 413, 422 for another reason
    "timeout",  # the deadline of this call passed
    "empty",  # no choices, no content
]
"""Why one reply cannot be used."""


class LlmExtractError(Exception):
    """Root of all errors raised on purpose; carries the next step for the reader."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LlmExtractError):
    """An option, a name or a file that cannot work."""

    exit_status = 2


class InputError(UsageError):
    """An article that cannot be read."""


class TypeDefinitionError(UsageError):
    """A record type whose schema or template cannot be loaded."""


class CassetteError(UsageError):
    """A recording that is missing, stale or torn."""


class StoreError(LlmExtractError):
    """A ledger or a cache that cannot be read or written."""


class Halted(LlmExtractError):
    """A budget or deadline of the user's is reached; what is left can be done later."""

    exit_status = 4


class ModelError(LlmExtractError):
    """A model that cannot be used."""

    exit_status = 3


class EndpointError(ModelError):
    """Every further call to this endpoint would fail too."""

    def __init__(self, problem: EndpointProblem, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.problem: EndpointProblem = problem


class ReplyError(ModelError):
    """One call failed; the next article may work."""

    def __init__(self, problem: ReplyProblem, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.problem: ReplyProblem = problem
