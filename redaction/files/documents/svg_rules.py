"""What may stay of a drawing (SVG 1.1 and 2): elements, attributes and how their values look.

The words stand in `svg.json`. `leading` are the elements whose `href` leads to a part of the
drawing or holds a picture; `sources` what a filter may begin with, other names in filters
are the drawing's own; `silent` what goes and would have told nothing.
"""

import json
import re
from importlib.resources import files
from typing import Any, Final

_DATA: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("svg.json").read_text("utf-8")
)

NAMESPACES: Final[dict[str, str]] = _DATA["namespaces"]
TEXTS: Final = frozenset(_DATA["texts"])
ELEMENTS: Final = TEXTS | frozenset(_DATA["elements"])
LEADING: Final = frozenset(_DATA["leading"])
PROPERTIES: Final = frozenset(_DATA["properties"])
AS_PROPERTY: Final = PROPERTIES | {"gradientTransform", "patternTransform"}
SOURCES: Final = frozenset(_DATA["sources"])
SILENT: Final = frozenset(_DATA["silent"])
EDITORS: Final = ("inkscape:", "sodipodi:", "illustrator:", "sketch:")
TOLD_BY_ELEMENT: Final[dict[str, str]] = _DATA["told_by_element"]
TOLD_BY_ATTRIBUTE: Final[dict[str, str]] = _DATA["told_by_attribute"]

_NUMBER: Final = r"(?:[-+]?(?:[0-9]++(?>\.[0-9]*+)?+|\.[0-9]++)(?>[eE][-+]?[0-9]++)?+)"
_UNITS: Final = "(?>%|px|pt|pc|mm|cm|in|em|ex|rem|ch|vw|vh|deg|rad|grad|turn|Q)?+"
_NUMBERS: Final = re.compile(rf"(?>{_NUMBER}{_UNITS}|[, \t\n]++)++")

VALUES: Final = {
    **dict.fromkeys(_DATA["numbers"], _NUMBERS),
    **dict.fromkeys(_DATA["units"], re.compile("userSpaceOnUse|objectBoundingBox|strokeWidth")),
    "d": re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE.,+\- \t\n]*+"),
    "orient": re.compile(f"auto(?:-start-reverse)?|{_NUMBER}{_UNITS}"),
    "spreadMethod": re.compile("pad|reflect|repeat"),
    "preserveAspectRatio": re.compile(
        "(?:defer +)?(?:none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?: +(?:meet|slice))?"
    ),
    "lengthAdjust": re.compile("spacing|spacingAndGlyphs"),
    "method": re.compile("align|stretch"),
    "spacing": re.compile("auto|exact"),
    "side": re.compile("left|right"),
    "type": re.compile(
        "matrix|saturate|hueRotate|luminanceToAlpha|identity|table|discrete|linear|gamma"
        "|fractalNoise|turbulence"
    ),
    "mode": re.compile("[a-z]{3,7}(?:-[a-z]{3,6})?"),
    "operator": re.compile("over|in|out|atop|xor|lighter|arithmetic|erode|dilate"),
    "edgeMode": re.compile("duplicate|wrap|mirror|none"),
    "stitchTiles": re.compile("stitch|noStitch"),
    "preserveAlpha": re.compile("true|false"),
    "xChannelSelector": re.compile("[RGBA]"),
    "yChannelSelector": re.compile("[RGBA]"),
    "xml:space": re.compile("preserve|default"),
}
