"""Wavelength, a small music streaming service. Standard library only: `python3 -m app`."""
