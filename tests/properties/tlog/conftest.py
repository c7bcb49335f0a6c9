"""Properties run without a deadline: how fast a shared machine is says nothing about them."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
