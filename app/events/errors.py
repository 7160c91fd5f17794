"""The error of a message that is no genuine Event."""


class EventError(Exception):
    """Something that is not a genuine, readable message of SNS or SES.

    Args:
        reason: a snake_case word, the same in logs, tests and `events.error`; nothing personal.
        again: whether the sender should send it once more, because the fault may be ours (our
            clock, our way to the certificate): refusing a genuine one for good would lose it.
    """

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
