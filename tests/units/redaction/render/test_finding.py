"""Faces and number plates are proposed as boxes; a person decides.

`face.jpg` is cut from NASA's portrait of the astronaut Eileen Collins (NASA Great Images,
in the public domain), as scikit-image ships it.
"""

from importlib.resources import files

import pytest
from PIL import Image

from redaction.render import Box, Page, redact, render
from redaction.render.encode import as_jpeg, as_png
from redaction.render.finding import Proposal, propose
from redaction.render.rendering import Bitmap
from tests.units.redaction.render.plates import SIZE, scene
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


def covered(box: Box, region: tuple[float, float, float, float]) -> float:
    """Return which part of *region* lies under *box*."""
    left, top, right, bottom = region
    across = min(box.right, right) - max(box.left, left)
    down = min(box.bottom, bottom) - max(box.top, top)
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


def test_most_plates_are_proposed() -> None:
    found = sum(_finds_the_number(seed) for seed in SCENES)

    assert found >= 0.9 * len(SCENES)


def test_few_boxes_lie_on_nothing() -> None:
    wrong = 0
    for seed in SCENES:
        drawn = scene(seed)
        number = _relative(drawn.number)
        wrong += sum(covered(box, number) < 0.2 for box in boxes(shown(drawn.image), "plate"))

    assert wrong <= 0.5 * len(SCENES)


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


def _finds_the_number(seed: int) -> bool:
    drawn = scene(seed)
    number = _relative(drawn.number)
    return any(covered(box, number) > 0.95 for box in boxes(shown(drawn.image), "plate"))


def _relative(region: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = region
    return left / SIZE[0], top / SIZE[1], right / SIZE[0], bottom / SIZE[1]
