"""One module per family; each has `entries`."""
