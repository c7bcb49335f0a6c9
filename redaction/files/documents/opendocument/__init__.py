"""Texts, tables, slides and drawings in OpenDocument (ODF 1.2 to 1.4)."""
