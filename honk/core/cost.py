"""Tokens and money."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a session has used so far. Cached input is part of `input_tokens`; `usd` counts it at its own price."""

    usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(
            self.usd + other.usd,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )
