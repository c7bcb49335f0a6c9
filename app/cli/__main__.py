"""`python -m app.cli` is `wasl`, for programs that know their interpreter but not its scripts."""

from app.cli import main

main(prog_name="wasl")
