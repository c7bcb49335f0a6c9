"""The site, the desks and the reviewer that these tests share."""

from tests.promises.desk.reviewer import reviewer
from tests.units.desk.office import office

__all__ = ["office", "reviewer"]
