"""Days for payment."""

from datetime import date, timedelta


def due(start, days):
    """The day after `days` days; a Saturday or Sunday becomes the Monday after."""
    day = start + timedelta(days=days)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def month_end(day):
    """The last day of the month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1) - timedelta(days=1)


def quarter(day):
    """1 to 4."""
    return (day.month - 1) // 3 + 1
