"""The pages of an agency: read a packet, answer once, without an account and without scripts."""

from flask import Flask

from app.agency.pages import bp


def register(app: Flask) -> None:
    """Mount the pages in both languages."""
    app.register_blueprint(bp, name="agency_ar", url_prefix="/agency")
    app.register_blueprint(bp, name="agency_en", url_prefix="/en/agency")
