"""What runs inside the sandbox: OpenCV looks for faces and number plates."""

from typing import Final

import cv2
import numpy as np

from redaction.errors import UnreadableFileError
from redaction.render.finding.faces import FaceFinder
from redaction.render.finding.grid import Found, Picture
from redaction.render.finding.plates import find_plates
from redaction.sandbox.frames import Frame

# Wide enough for a face in the back row, small enough to be looked through in a second.
_LONGEST_SIDE: Final = 1000
_READING: Final = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION

_faces: Final = FaceFinder()


def prepare() -> None:
    """Look through an empty picture once, so that all that is needed is loaded."""
    cv2.setNumThreads(1)
    _, png = cv2.imencode(".png", np.full((200, 200, 3), 128, np.uint8))
    find(png.tobytes())


def find(untrusted: bytes) -> Frame:
    """Answer with [what, left, top, right, bottom], sides as parts of width and height."""
    decoded = cv2.imdecode(np.frombuffer(untrusted, np.uint8), _READING)
    if decoded is None:
        raise UnreadableFileError("file-crashes-reader")
    picture = _reduced(decoded)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    found = [("face", region) for region in _faces.find(grey)]
    found += [("plate", region) for region in find_plates(grey)]
    height, width = grey.shape
    return Frame([[what, *_relative(region, width, height)] for what, region in found])


def _reduced(picture: Picture) -> Picture:
    longest = max(picture.shape[:2])
    if longest <= _LONGEST_SIDE:
        return picture
    scale = _LONGEST_SIDE / longest
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _relative(region: Found, width: int, height: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = region
    return (
        max(0.0, left / width),
        max(0.0, top / height),
        min(1.0, right / width),
        min(1.0, bottom / height),
    )
