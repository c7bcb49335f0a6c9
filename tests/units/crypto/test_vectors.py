"""The committed vectors are what the generator writes; so whoever passes them agrees with us."""

import json

import pytest

from crypto.vectors.generate import FOLDER, generate, render

GENERATED = generate()


@pytest.mark.parametrize("name", GENERATED)
def test_the_committed_vectors_are_what_the_generator_writes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == render(GENERATED[name])


def test_every_file_of_vectors_is_generated() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_every_case_has_a_name_of_its_own(name: str) -> None:
    content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    for table in (value for value in content.values() if isinstance(value, list)):
        cases = [row["case"] for row in table if isinstance(row, dict) and "case" in row]
        assert len(set(cases)) == len(cases)
