"""`make bench`: what the server costs, as ratios taken in one run on one machine."""
