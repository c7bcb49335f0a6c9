"""Faces and number plates are proposed as boxes; a person decides.

`face.jpg` is cut from NASA's portrait of the astronaut Eileen Collins (NASA Great Images,
in the public domain), as scikit-image ships it.
"""

from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from redaction.render import Box, Page, redact, render
from redaction.render.encode import as_jpeg, as_png
from redaction.render.finding import Proposal, propose
from redaction.render.finding.grid import Found
from redaction.render.finding.plates import find_plates
from redaction.render.rendering import Bitmap
from tests.units.redaction.render.plates import SIZE, Scene, scene
from tests.units.redaction.render.samples import coded, image_of

FACE = files(__package__).joinpath("face.jpg").read_bytes()
# Eyes, nose and mouth of `face.jpg`, which is 256 pixels wide and high.
EYES_TO_MOUTH = (0.32, 0.25, 0.60, 0.62)
SCENES = range(40)


def shown(image: Image.Image) -> Page:
    return as_jpeg(Bitmap(*image.size, image.convert("RGB").tobytes()))


def portrait(turn: float = 0, width: int = 900) -> Image.Image:
    """Return a wall of *width* × 600 with the portrait, turned by *turn* degrees, in its middle."""
    wall = Image.new("RGB", (width, 600), (150, 150, 140))
    face = image_of_face().rotate(turn, Image.Resampling.BICUBIC, fillcolor=(150, 150, 140))
    wall.paste(face, ((width - 256) // 2, 172))
    return wall


def image_of_face() -> Image.Image:
    (page,) = render(FACE).pages
    return image_of(page)


def covered(box: Box, region: Found) -> float:
    """Return which part of *region*, whose sides are parts of the picture's, *box* covers."""
    return hidden(region, (box.left, box.top, box.right, box.bottom))


def hidden(region: Found, place: Found) -> float:
    left, top, right, bottom = region
    across = min(place[2], right) - max(place[0], left)
    down = min(place[3], bottom) - max(place[1], top)
    return max(0, across) * max(0, down) / ((right - left) * (bottom - top))


def boxes(page: Page, what: str) -> list[Box]:
    return [proposal.box for proposal in propose(page) if proposal.what == what]


def test_a_face_is_proposed() -> None:
    (box,) = boxes(shown(image_of_face()), "face")

    assert covered(box, EYES_TO_MOUTH) > 0.9
    assert (box.right - box.left) * (box.bottom - box.top) < 0.6


@pytest.mark.parametrize("turn", [-30, -20, -10, 10, 20, 30])
def test_a_tilted_face_is_proposed(turn: float) -> None:
    middle = (0.45, 0.42, 0.53, 0.56)

    assert any(covered(box, middle) > 0.9 for box in boxes(shown(portrait(turn)), "face"))


def test_a_proposed_box_hides_the_face() -> None:
    rendering = render(coded(portrait(), "PNG"))
    found = boxes(rendering.pages[0], "face")

    assert found
    assert not boxes(redact(rendering, found).pages[0], "face")


@pytest.fixture(scope="module")
def looked() -> list[tuple[Scene, list[Found]]]:
    """Return scenes and what is found in each, in pixels."""
    return [
        (drawn, find_plates(np.array(drawn.image.convert("L")))) for drawn in map(scene, SCENES)
    ]


def test_most_plates_are_proposed(looked: list[tuple[Scene, list[Found]]]) -> None:
    found = [
        any(hidden(drawn.number, place) > 0.95 for place in places) for drawn, places in looked
    ]

    assert sum(found) >= 0.95 * len(looked)


def test_few_boxes_lie_on_nothing(looked: list[tuple[Scene, list[Found]]]) -> None:
    wrong = [
        place for drawn, places in looked for place in places if hidden(drawn.number, place) < 0.2
    ]

    assert len(wrong) <= 0.4 * len(looked)


def test_a_plate_is_proposed_as_a_box() -> None:
    drawn = scene(0)
    left, top, right, bottom = drawn.number
    number = (left / SIZE[0], top / SIZE[1], right / SIZE[0], bottom / SIZE[1])

    assert any(covered(box, number) > 0.95 for box in boxes(shown(drawn.image), "plate"))


def test_a_wall_has_neither() -> None:
    for image in (Image.new("RGB", (600, 400), "grey"), Image.linear_gradient("L")):
        assert propose(shown(image)) == ()


def test_drawings_are_looked_through_as_well() -> None:
    image = image_of_face()

    assert propose(as_png(Bitmap(*image.size, image.tobytes())))


def test_proposals_know_their_page() -> None:
    assert {proposal.box.page for proposal in propose(shown(image_of_face()), 3)} == {3}


def test_a_proposal_is_a_box_for_redaction() -> None:
    assert all(
        isinstance(proposal, Proposal) and isinstance(proposal.box, Box)
        for proposal in propose(shown(portrait()))
    )
