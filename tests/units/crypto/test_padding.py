"""Sizes that an observer sees."""

import pytest

from crypto.errors import TooLargeError
from crypto.padding import MESSAGE_CLASSES, pad_payload, padded_size, room_for_text

MIB = 1 << 20


@pytest.mark.parametrize(
    ("size", "padded"),
    [
        (0, 4_096),
        (1, 4_096),
        (4_096, 4_096),
        (4_097, 8_192),
        (5 * MIB, 8 * MIB),
        (16 * MIB, 16 * MIB),
        # Padmé: E = 24, S = 5, so the step is 2^19.
        (16 * MIB + 1, 16 * MIB + (1 << 19)),
        (100 * MIB, 100 * MIB),
        (100 * MIB - 1, 100 * MIB),
    ],
)
def test_attachments_are_padded_to_few_sizes(size: int, padded: int) -> None:
    assert padded_size(size) == padded


def test_photographs_fall_into_a_handful_of_sizes() -> None:
    assert len({padded_size(size) for size in range(0, 16 * MIB, 1_009)}) == 13


def test_the_room_for_text_is_exact() -> None:
    room = room_for_text(b"{}", MESSAGE_CLASSES)
    assert len(pad_payload(b"{}", bytes(room), MESSAGE_CLASSES)) == max(MESSAGE_CLASSES)
    with pytest.raises(TooLargeError) as caught:
        pad_payload(b"{}", bytes(room + 5), MESSAGE_CLASSES)
    assert caught.value.over == 5
