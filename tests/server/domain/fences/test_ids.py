"""Ids from names."""

from typing import Any

from server.domain.fences.ids import LONGEST, with_ids


def a_feature(name: object = None, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": name}, **more}


def ids(*features: Any, taken: tuple[str, ...] = ()) -> list[Any]:
    found: Any = with_ids({"type": "FeatureCollection", "features": list(features)}, taken)
    return [feature.get("id") for feature in found["features"]]


def test_a_name_becomes_an_id_that_fits_into_a_url() -> None:
    """People read it there."""
    assert ids(a_feature("Töölön tori, 2. portti"), a_feature("Åä & Co")) == ["toolon-tori-2-portti", "aa-co"]
    assert ids(a_feature(None), a_feature("北"), a_feature("")) == ["fence", "fence-2", "fence-3"]
    assert len(ids(a_feature("x" * 500))[0]) <= LONGEST


def test_an_id_that_was_ever_there_is_not_given_again() -> None:
    """Facts of an ended fence are told by its id."""
    assert ids(a_feature("Depot"), a_feature("Depot"), taken=("depot", "depot-2")) == ["depot-3", "depot-4"]
    assert ids(a_feature("Depot"), a_feature("x", id="depot")) == ["depot-2", "depot"]


def test_an_id_of_the_file_stays() -> None:
    """Also where converters put it: into the properties."""
    inside = {"type": "Feature", "properties": {"id": 7}}
    assert ids(a_feature("Depot", id="a"), inside) == ["a", None]


def test_what_is_no_document_is_left_to_the_reader() -> None:
    """It says what to write."""
    for document in (None, [], {"type": "Point"}, {"type": "FeatureCollection"}):
        assert with_ids(document, ()) is document
