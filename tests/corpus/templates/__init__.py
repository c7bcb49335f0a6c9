"""Texts that `Planter.fill` fills in."""
