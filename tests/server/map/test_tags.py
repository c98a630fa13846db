"""What is drawn as what."""

from server.map import tags


def test_a_street_keeps_its_name_in_the_local_language():
    """Drivers read the signs of their city, not a translation."""
    drawn = tags.line({"highway": "residential", "name": "Fredrikinkatu", "name:en": "Fredrik Street"})
    assert drawn is not None
    assert drawn.layer == "roads"
    assert drawn.properties["name"] == "Fredrikinkatu"
    assert drawn.properties["kind"] == "minor_road"


def test_bridges_tunnels_and_links_are_marked():
    """The style draws them differently; `tunnel=no` is not a tunnel."""
    drawn = tags.line({"highway": "motorway_link", "bridge": "yes", "tunnel": "no", "oneway": "yes"})
    assert drawn is not None
    assert drawn.properties == {
        "kind": "highway", "kind_detail": "motorway", "is_bridge": True, "is_link": True, "oneway": "yes",
    }  # fmt: skip
    assert drawn.min_zoom == 9


def test_below_the_ground_only_streets_are_drawn():
    """Helsinki stands on cellars, tubes and service tunnels; drawn, they would look like streets."""
    assert tags.line({"railway": "subway", "tunnel": "yes"}) is None
    assert tags.line({"highway": "service", "tunnel": "yes"}) is None
    assert tags.line({"waterway": "stream", "tunnel": "culvert"}) is None
    street = tags.line({"highway": "primary_link", "tunnel": "yes"})
    assert street is not None
    assert street.properties["is_tunnel"] is True


def test_a_road_that_is_only_planned_is_not_drawn():
    """A van cannot drive on a proposal."""
    assert tags.line({"highway": "proposed", "name": "One day"}) is None
    assert tags.area({"building": "no"}) is None


def test_the_name_of_a_lake_is_a_point_and_its_surface_has_none():
    """A surface is cut into tiles, and a name in every piece would be written ten times."""
    lake = {"natural": "water", "water": "lake", "name": "Töölönlahti"}
    surface, name = tags.area(lake), tags.label(lake)
    assert surface is not None
    assert name is not None
    assert "name" not in surface.properties
    assert name.properties == {"kind": "lake", "name": "Töölönlahti"}


def test_a_town_is_ranked_by_its_people():
    """Labels are sized by rank; a population that is no number is ignored, not fatal."""
    city = tags.place({"place": "city", "name": "Helsinki", "population": "658 457"})
    odd = tags.place({"place": "suburb", "name": "Kluuvi", "population": "about 500"})
    assert city is not None
    assert odd is not None
    assert city.properties["population"] == 658457
    assert city.properties["population_rank"] == 10
    assert odd.properties["population_rank"] == 0
    assert tags.place({"place": "suburb"}) is None
