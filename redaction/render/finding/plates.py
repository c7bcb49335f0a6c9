"""Number plates: a row of numerals of one height on an even ground.

Jordan's plates are 520 × 110 mm (ratio 4.7) and, for narrow places, about 300 × 150 (ratio 2),
with dark numerals on white or light ones on red and green; seen from the side they are less
wide. Nothing is read: only a line of strokes is looked for, and in it marks of one height.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from redaction.render.finding.grid import Found, Picture, grown, without_doubles

_RATIOS: Final = (1.2, 9)
_SMALLEST_WIDTH: Final = 36
_LARGEST_PART: Final = 0.6
# Numerals as seen at different distances: the widths of gaps that are closed to make a line.
_GAPS: Final = (7, 13, 23, 41)
_MIN_MARKS: Final = 4
_MAX_MARKS: Final = 12
# Of the height of the line that they stand in, and of one another.
_MARK_HEIGHTS: Final = (0.35, 1.0)
_SAME_HEIGHT: Final = 0.25
_SAME_LINE: Final = 0.2
_MARGIN: Final = 0.3
_MAX_PLATES: Final = 8
_READ_HEIGHT: Final = 64


def find_plates(grey: Picture) -> list[Found]:
    """Return regions that look like a plate, those with the clearest numerals first."""
    regions = [region for gap in _GAPS for region in _lines_of_strokes(grey, gap)]
    scored = [(score, region) for region in regions if (score := _marks_in_line(grey, region))]
    scored.sort(reverse=True)
    kept = without_doubles(region for _, region in scored)[:_MAX_PLATES]
    return [grown(region, _MARGIN) for region in kept]


def _lines_of_strokes(grey: Picture, gap: int) -> Iterator[Found]:
    """Yield regions where upright strokes follow one another at most *gap* pixels apart."""
    steep = cv2.convertScaleAbs(cv2.Sobel(cv2.GaussianBlur(grey, (3, 3), 0), cv2.CV_16S, 1, 0))
    _, strokes = cv2.threshold(steep, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    closing = cv2.getStructuringElement(cv2.MORPH_RECT, (gap, max(3, gap // 4)))
    opening = cv2.getStructuringElement(cv2.MORPH_RECT, (gap, max(3, gap // 3)))
    lines = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, closing)
    lines = cv2.morphologyEx(lines, cv2.MORPH_OPEN, opening)
    contours, _ = cv2.findContours(lines, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        left, top, width, height = cv2.boundingRect(contour)
        fits = _SMALLEST_WIDTH <= width <= grey.shape[1] * _LARGEST_PART
        if fits and _RATIOS[0] <= width / height <= _RATIOS[1]:
            yield (float(left), float(top), float(left + width), float(top + height))


def _marks_in_line(grey: Picture, region: Found) -> int:
    """Return how many marks of one height stand in one line, dark or light; 0 for too few."""
    line = _enlarged(grey, region)
    _, dark = cv2.threshold(line, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    counts = [_count_marks(marks) for marks in (dark, cv2.bitwise_not(dark))]
    return max((count for count in counts if _MIN_MARKS <= count <= _MAX_MARKS), default=0)


def _enlarged(grey: Picture, region: Found) -> Picture:
    left, top, right, bottom = grown(region, 0.08)
    cut = grey[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
    scale = _READ_HEIGHT / cut.shape[0]
    return cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def _count_marks(marks: Picture) -> int:
    height = marks.shape[0]
    _, _, stats, middles = cv2.connectedComponentsWithStats(marks)
    tall = stats[:, cv2.CC_STAT_HEIGHT]
    narrow = stats[:, cv2.CC_STAT_WIDTH] < tall * 1.3
    low, high = (part * height for part in _MARK_HEIGHTS)
    chosen = (tall >= low) & (tall < high) & narrow
    if np.count_nonzero(chosen) < _MIN_MARKS:
        return 0
    return _in_one_line(tall[chosen], middles[chosen])


def _in_one_line(heights: Picture, middles: Picture) -> int:
    """Return how many of the marks have the usual height and lie on the line through all."""
    usual = float(np.median(heights))
    slope, start = np.polyfit(middles[:, 0], middles[:, 1], 1)
    away = np.abs(middles[:, 1] - (slope * middles[:, 0] + start))
    same = (np.abs(heights - usual) <= usual * _SAME_HEIGHT) & (away <= usual * _SAME_LINE)
    return int(np.count_nonzero(same))
