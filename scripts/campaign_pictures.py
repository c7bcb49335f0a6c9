"""Take the pictures of the guide to campaign kits, out of a made-up topic.

.venv/bin/python scripts/campaign_pictures.py docs/screenshots
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.units.campaign.sample import drawn

SHOWN: Final = {
    "poster-a4-ar": 420,
    "poster-a4-copy-ar": 300,
    "poster-a4-en": 300,
    "card-square-ar": 320,
    "card-wide-en": 420,
    "card-field-ar": 300,
    "results-a4-ar": 300,
    "results-square-en": 320,
}
"""Pictures and how wide they are."""


def main(folder: Path) -> None:
    for name, width in SHOWN.items():
        picture = Image.open(io.BytesIO(drawn()[f"{name}.png"])).convert("RGB")
        height = round(picture.height * width / picture.width)
        small = picture.resize((width, height), Image.Resampling.LANCZOS)
        few = small.quantize(48, dither=Image.Dither.NONE)
        few.save(folder / f"kit-{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
