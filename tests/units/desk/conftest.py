"""The site and the desks that these tests share."""

from tests.units.desk.office import office

__all__ = ["office"]
