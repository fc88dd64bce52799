"""The prices of tokens, in dollars per million.

Source: the provider's price list (platform.claude.com/docs/en/about-claude/pricing) and the catalogue that ships inside
Claude Code 2.1.330, compared on 2026-11-23. A price applies to the longest
listed name that the model's name contains, so that dated names and cloud prefixes (`us.anthropic.claude-…`) match.
"""

from dataclasses import dataclass

from honk.core.cost import Cost
from honk.gateway.usage import Usage

FAST = 2.0
"""The factor of fast mode, for every kind of token."""

ONE_COUNTRY = 1.1
"""The factor of inference that may not leave one country."""

WEB_SEARCH = 0.01
"""Dollars for each web search that the provider runs."""

_MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens. A prompt of more than `long_over` tokens (0: no such rule) costs `long` instead."""

    input: float
    output: float
    cache_read: float
    long_over: int = 0
    long: "Price | None" = None

    @property
    def cache_write(self) -> float:
        """Writing to the 5-minute cache costs 1.25 times plain input, for every model so far."""
        return self.input * 1.25

    @property
    def cache_write_hour(self) -> float:
        """Writing to the 1-hour cache costs twice plain input."""
        return self.input * 2.0


PRICES: dict[str, Price] = {
    "claude-fable-5-2": Price(8, 40, 0.20),
    "claude-fable-5-1": Price(10, 50, 0.25),
    "claude-fable-5": Price(10, 50, 1.00),
    "claude-mythos-5-2": Price(8, 40, 0.20),
    "claude-mythos-5-1": Price(10, 50, 0.25),
    "claude-mythos-5": Price(10, 50, 1.00),
    "claude-opus-5-5": Price(4, 20, 0.20),
    "claude-opus-5": Price(5, 25, 0.50),
    "claude-opus-4-8": Price(5, 25, 0.50),
    "claude-opus-4-7": Price(5, 25, 0.50),
    "claude-opus-4-6": Price(5, 25, 0.50),
    "claude-opus-4-5": Price(5, 25, 0.50),
    "claude-opus-4": Price(15, 75, 1.50),
    "claude-3-opus": Price(15, 75, 1.50),
    "claude-sonnet-5-5": Price(2, 10, 0.10),
    "claude-sonnet-5": Price(2, 10, 0.20),
    "claude-sonnet-4": Price(3, 15, 0.30),
    "claude-3-7-sonnet": Price(3, 15, 0.30),
    "claude-3-5-sonnet": Price(3, 15, 0.30),
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01, 100_000, Price(0.50, 2.50, 0.05)),
    "claude-haiku-4-5": Price(1, 5, 0.10),
    "claude-3-5-haiku": Price(0.80, 4, 0.08),
    "claude-3-haiku": Price(0.25, 1.25, 0.03),
    # the scripted model is free; its price lets the demo show the cost of a session
    "scripted-stand-in": Price(4, 20, 0.20),
}

HIGHEST = max(PRICES.values(), key=lambda price: price.output)
"""The price of a model that is not listed: an unknown name must not let a session exceed its budget."""


def price(model: str) -> Price | None:
    """The price of a model, None when it is not listed."""
    names = [name for name in PRICES if name in model]
    return PRICES[max(names, key=len)] if names else None


def cost(model: str, usage: Usage) -> Cost:
    """The cost of one request. A model that is not listed costs as much as the most expensive one."""
    rate = price(model) or HIGHEST
    if rate.long and usage.prompt_tokens > rate.long_over:
        rate = rate.long
    dollars = (
        usage.input_tokens * rate.input
        + usage.cache_read_tokens * rate.cache_read
        + usage.cache_write_tokens * rate.cache_write
        + usage.cache_write_hour_tokens * rate.cache_write_hour
        + usage.output_tokens * rate.output
    ) / _MILLION
    dollars *= (FAST if usage.fast else 1.0) * (ONE_COUNTRY if usage.one_country else 1.0)
    return Cost(dollars + usage.web_searches * WEB_SEARCH, usage.prompt_tokens, usage.output_tokens)
