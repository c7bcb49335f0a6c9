"""How much of one file is shown; see also the limits of each job in `jobs.py`."""

from typing import Final

from redaction.sandbox.limits import MIB

MAX_PIXELS: Final = 100_000_000
MAX_SIDE: Final = 30_000
MAX_FRAMES: Final = 500
MAX_TOTAL_PIXELS: Final = 2_000_000_000
# As many bytes of pixels as one job answers with, and at most one picture more.
BATCH_BYTES: Final = 32 * MIB

PAGE_DPI: Final = 150
MAX_PAGES: Final = 500
MAX_PAGE_SIDE: Final = 10_000

MAX_MEMBERS: Final = 5_000
MAX_UNPACKED_BYTES: Final = 512 * MIB
MAX_RATIO: Final = 200

MAX_TEXT_BYTES: Final = 4 * MIB
MAX_SECONDS_PLAYED: Final = 3600
