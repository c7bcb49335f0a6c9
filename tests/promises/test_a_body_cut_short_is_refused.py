"""Servers answer 200 to a body that ends before its announced length; this one does not."""

from io import BytesIO

import pytest

from tests.world import World


@pytest.mark.parametrize("terminated", [True, False], ids=["as gunicorn does", "plain WSGI"])
def test_a_part_cut_short_is_not_stored(world: World, terminated: bool) -> None:
    upload = world.citizen().begins_upload(5000)
    path = f"/api/v1/uploads/{upload['id']}/0"
    answer = world.client.put(
        path,
        input_stream=BytesIO(bytes(4000)),
        environ_overrides={
            "CONTENT_LENGTH": "5000",
            **({"wsgi.input_terminated": True} if terminated else {}),
        },
    )

    assert answer.status_code == 400
    assert world.client.get(f"/api/v1/uploads/{upload['id']}").get_json()["have"] == []


def test_a_part_of_unknown_length_is_not_cut_to_size(world: World) -> None:
    upload = world.citizen().begins_upload(5000)
    path = f"/api/v1/uploads/{upload['id']}/0"
    answer = world.client.put(
        path,
        input_stream=BytesIO(bytes(6000)),
        environ_overrides={
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input_terminated": True,
        },
    )

    assert answer.status_code == 413
    assert world.client.get(f"/api/v1/uploads/{upload['id']}").get_json()["have"] == []


def test_a_form_cut_short_is_not_read(world: World) -> None:
    answer = world.client.post(
        f"/forms/{world.state.form_tickets.issue()}/review",
        input_stream=BytesIO(b"topic=bus-lines&problem=half"),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": "5000", "wsgi.input_terminated": True},
    )

    assert answer.status_code == 400


def test_a_broken_frame_is_the_senders_fault(world: World) -> None:
    """gunicorn's parser raises from within `read` where a chunk is malformed."""

    class Broken(BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise ValueError("CANARY")

    answer = world.client.post(
        "/api/v1/mailbox",
        input_stream=Broken(),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    assert answer.status_code == 400
    assert "CANARY" not in answer.text
