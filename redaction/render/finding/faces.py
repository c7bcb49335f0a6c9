"""Faces, by the cascades that OpenCV ships (Viola and Jones 2001), also of tilted heads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from redaction.render.finding.grid import Found, Picture, grown, without_doubles

_FRONT: Final = "haarcascade_frontalface_default.xml"
_SIDE: Final = "haarcascade_profileface.xml"
_TILTS: Final = (-30, 30)
_STEP: Final = 1.15
_NEIGHBOURS: Final = 5
_SMALLEST_PIXELS: Final = 28
# The cascades see from brows to chin; hair and ears tell who it is, too.
_MARGIN: Final = 0.25
_MAX_FACES: Final = 60


class FaceFinder:
    """Holds the cascades, which are read from files and must be loaded before the walls."""

    def __init__(self) -> None:
        self._front = _cascade(_FRONT)
        self._side = _cascade(_SIDE)

    def find(self, grey: Picture) -> list[Found]:
        """Return regions that look like a face, upright ones first."""
        even = cv2.equalizeHist(grey)
        regions = [*_detected(self._front, even), *self._from_the_side(even)]
        for tilt in _TILTS:
            turned, back = _turn(even, tilt)
            regions += [_through(back, region) for region in _detected(self._front, turned)]
        kept = without_doubles(regions)[:_MAX_FACES]
        return [grown(region, _MARGIN) for region in kept]

    def _from_the_side(self, grey: Picture) -> Iterator[Found]:
        """Yield profiles; the cascade knows those that look to one side only."""
        width = grey.shape[1]
        yield from _detected(self._side, grey)
        for left, top, right, bottom in _detected(self._side, cv2.flip(grey, 1)):
            yield (width - right, top, width - left, bottom)


def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / name))


def _detected(cascade: cv2.CascadeClassifier, grey: Picture) -> Iterator[Found]:
    smallest = (_SMALLEST_PIXELS, _SMALLEST_PIXELS)
    for left, top, width, height in cascade.detectMultiScale(
        grey, scaleFactor=_STEP, minNeighbors=_NEIGHBOURS, minSize=smallest
    ):
        yield (float(left), float(top), float(left + width), float(top + height))


def _turn(grey: Picture, degrees: int) -> tuple[Picture, Picture]:
    """Return *grey* turned about its middle within a frame that holds it, and the way back."""
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    across, down = abs(turn[0, 0]), abs(turn[0, 1])
    new_width, new_height = int(width * across + height * down), int(width * down + height * across)
    turn[:, 2] += ((new_width - width) / 2, (new_height - height) / 2)
    turned = cv2.warpAffine(grey, turn, (new_width, new_height))
    return turned, cv2.invertAffineTransform(turn)


def _through(back: Picture, region: Found) -> Found:
    """Return the upright region of the same middle and size in the picture before its turn."""
    left, top, right, bottom = region
    x, y = back @ np.array([(left + right) / 2, (top + bottom) / 2, 1.0])
    across, down = (right - left) / 2, (bottom - top) / 2
    return (float(x - across), float(y - down), float(x + across), float(y + down))
