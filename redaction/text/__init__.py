"""Identifying text: find it, show it, take it out."""

from redaction.text.findings import Finding, Segment, remove, scan, segments
from redaction.text.rules import KINDS

__all__ = ["KINDS", "Finding", "Segment", "remove", "scan", "segments"]
