"""What people do, in real browsers against the real programs."""
