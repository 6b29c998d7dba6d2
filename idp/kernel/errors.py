"""Expected failures: a stable code for machines, a sentence for operators, parameters for translation.

The web looks the code up in its catalogue and says it in the reader's language; the command line prints the sentence.
"""


class DomainError(Exception):
    """Something a person asked for cannot be done, for a reason they can act on."""

    def __init__(self, code: str, sentence: str, **params: object) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.params = params


class Invalid(DomainError):
    """A value breaks a rule; `params["field"]` names it where there is one."""


class NotAllowed(DomainError):
    """The actor may not do this."""


class NotFound(DomainError):
    """There is no such thing, or the actor may not know of it."""


class Conflict(DomainError):
    """The state of things does not allow it (already exists, already used)."""


class Busy(DomainError):
    """The service protects itself; try again after `params["retry_after"]` seconds."""
