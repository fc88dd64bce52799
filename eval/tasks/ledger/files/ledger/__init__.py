"""Amounts, dates and bookings."""
