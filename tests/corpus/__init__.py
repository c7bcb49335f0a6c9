"""Files with a marker planted in every place that may point at a person.

`make` builds them, `check` looks for what is left of the markers, `same` compares what is seen
and heard. Nothing here reads the code of a cleaner: the corpus is written from the formats.
"""
