"""What bodies of requests say that they are."""

from typing import Final

JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
SEALED: Final = "application/vnd.wasl.sealed"
"""A line of JSON, a newline, and an age file to the end of the body."""
