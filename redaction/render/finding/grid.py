"""Pictures as arrays, regions of them, and regions that tell of the same thing."""

from collections.abc import Iterable

from cv2.typing import MatLike

# Rows, columns and, for colours, three channels of one byte.
Picture = MatLike
# Left, top, right, bottom in pixels of the picture that was looked at.
Found = tuple[float, float, float, float]


def grown(region: Found, by: float) -> Found:
    """Return *region* with *by* of its width and height added on every side."""
    left, top, right, bottom = region
    across, down = (right - left) * by, (bottom - top) * by
    return (left - across, top - down, right + across, bottom + down)


def without_doubles(regions: Iterable[Found]) -> list[Found]:
    """Return *regions*, the first of each group that covers mostly the same pixels."""
    kept: list[Found] = []
    for region in regions:
        if all(_shared(region, other) < 0.5 for other in kept):
            kept.append(region)
    return kept


def _shared(one: Found, other: Found) -> float:
    """Return which part of the smaller region the two have in common."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0
    return across * down / min(_area(one), _area(other))


def _area(region: Found) -> float:
    return (region[2] - region[0]) * (region[3] - region[1])
