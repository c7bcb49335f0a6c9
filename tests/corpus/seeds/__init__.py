"""Small files as real programs write them; see `make_seeds`."""
