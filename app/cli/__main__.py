"""`python -m app.cli` is `wasl`."""

from app.cli import main

main()
