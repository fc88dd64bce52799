"""Honk turns a sentence in a chat into a merged and deployed change."""

__version__ = "0.1.0"
