"""What the guard says where it refuses."""


class Refusal:
    """`rule` names what was refused in words of the guard's own tables or the policy, never of the command itself,
    which may hold secrets; `reason` and `instead` are a sentence each."""

    __slots__ = ("instead", "reason", "rule")

    def __init__(self, rule: str, reason: str, instead: str) -> None:
        self.rule = rule
        self.reason = reason
        self.instead = instead
