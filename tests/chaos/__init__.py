"""What breaks, and what must survive it."""
