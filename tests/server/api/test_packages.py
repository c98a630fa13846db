"""Packages, routes, tags and codes over HTTP: planned, bound, found, and only by those who may."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.store.audit import list_audit
from server.store.database import Database
from tests.support.people import a_program
from tests.support.servers import Server
from wire.messages import rfc3339

BEACON = "b9407f30-f5f8-466e-aff9-25556b57fe6d/4/17"
SSCC = "340123450000000017"


@pytest.fixture(scope="module")
def dispatcher(server: Server) -> Iterator[httpx.Client]:
    with a_program(server, "plans", "dispatcher") as client:
        client.base_url = f"{server.api.base_url}/api/v1/"
        point = {"type": "Point", "coordinates": [24.9, 60.1]}
        for fence, site in (("depot", True), ("street", False)):
            said = {"name": fence, "radius_m": 50, "site": site}
            client.put(f"fences/plan-{fence}", json={"type": "Feature", "geometry": point, "properties": said})
        yield client


@pytest.fixture(scope="module")
def limited(server: Server) -> Iterator[httpx.Client]:
    """A dispatcher of a team with van-001 only."""
    with a_program(server, "plans-admin", "admin") as admin:
        team = admin.post("/api/v1/teams", json={"name": "One", "vehicles": ["van-001"]}).json()["id"]
    with a_program(server, "plans-limited", "dispatcher", teams=[team]) as client:
        client.base_url = f"{server.api.base_url}/api/v1/"
        yield client


def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def put(client: httpx.Client, package: str, status: int = 200, **fields: Any) -> dict[str, Any]:
    return said(client.put(f"packages/{package}", json=fields), status)


def put_route(client: httpx.Client, route: str, status: int = 200, **fields: Any) -> dict[str, Any]:
    stops = [{"id": "s1", "name": "Fredrikinkatu 22", "lon": 24.9384, "lat": 60.1652}]
    body = {"vehicle_id": "van-001", "site_id": "plan-depot", "departs_at": "2026-11-26T05:30:00Z", "stops": stops}
    return said(client.put(f"routes/{route}", json={**body, **fields}), status)


def brought(client: httpx.Client, text: str, what: str = "packages") -> dict[str, Any]:
    return said(client.post(f"{what}/import", content=text.encode(), headers={"Content-Type": "text/csv"}))


def test_a_package_takes_its_van_and_site_from_its_route(dispatcher: httpx.Client) -> None:
    """Nobody says the same thing twice; and the answer says where it goes."""
    route = put_route(dispatcher, "way-1", dock="3", driver="Aino")
    assert route["stops"] == [
        {"id": "s1", "name": "Fredrikinkatu 22", "lon": 24.9384, "lat": 60.1652, "radius_m": 30.0}
    ]
    made = said(dispatcher.post("packages", json={"id": "way-A", "route_id": "way-1", "stop_id": "s1"}), 201)
    assert (made["vehicle_id"], made["site_id"], made["stop"]["name"]) == ("van-001", "plan-depot", "Fredrikinkatu 22")
    assert (made["name"], made["custody"], made["closed_at"]) == ("way-A", None, None)
    assert said(dispatcher.get("routes/way-1"))["packages"] == 1
    put_route(dispatcher, "way-1", vehicle_id="van-002", stops=[])
    moved = said(dispatcher.get("packages/way-A"))
    assert (moved["vehicle_id"], moved["stop_id"]) == ("van-002", None)
    assert dispatcher.delete("routes/way-1").status_code == 204
    assert said(dispatcher.get("packages/way-A"))["route_id"] is None
    assert dispatcher.get("routes/way-1").status_code == dispatcher.delete("routes/way-1").status_code == 404


def test_a_package_without_an_id_gets_one(dispatcher: httpx.Client) -> None:
    """And one with an id that is there already is refused."""
    id_ = said(dispatcher.post("packages", json={"reference": "no id"}), 201)["id"]
    assert said(dispatcher.get(f"packages/{id_}"))["name"] == "no id"
    assert "already" in said(dispatcher.post("packages", json={"id": id_}), 409)["detail"]


def test_mistakes_name_their_field(dispatcher: httpx.Client) -> None:
    """So that a form shows them beside it."""
    wrong = {"vehicle_id": "van-999", "site_id": "plan-street", "route_id": "nowhere", "stop_id": "s1"}
    for field, value in wrong.items():
        answer = put(dispatcher, "wrong", 422, **{field: value})
        assert answer["errors"][0]["parameter"] == field, answer
    assert put(dispatcher, "wrong", 422, name="x" * 201)["errors"][0]["parameter"] == "name"
    assert dispatcher.put("packages/-no", json={}).status_code == 422
    assert dispatcher.get("packages/wrong").status_code == 404
    assert put_route(dispatcher, "way-9", 422, vehicle_id="van-999")["errors"][0]["parameter"] == "vehicle_id"
    assert put_route(dispatcher, "way-9", 422, site_id="plan-street")["errors"][0]["parameter"] == "site_id"
    assert put_route(dispatcher, "way-9", 422, departs_at="1066-10-14T09:00:00Z")
    twice = [{"id": "s1", "lon": 0, "lat": 0}] * 2
    assert "one id" in put_route(dispatcher, "way-9", 422, stops=twice)["detail"]


def test_a_closed_package_stays_known_and_frees_its_tag(dispatcher: httpx.Client) -> None:
    """Its history is asked for when somebody complains."""
    put(dispatcher, "closed-A", tag_id="closed tag".replace(" ", "-"), status=409)  # a word is no tag that there is
    put(dispatcher, "closed-A", tag_id="C0:00:00:00:00:01")
    assert dispatcher.delete("packages/closed-A").status_code == dispatcher.delete("packages/closed-A").status_code
    row = said(dispatcher.get("packages/closed-A"))
    assert (row["closed_at"] is None, row["tag_id"]) == (False, None)
    for query, there in (("?q=closed-A", False), ("?q=closed-A&closed=true", True)):
        assert bool(said(dispatcher.get(f"packages{query}"))["items"]) == there
    [binding] = said(dispatcher.get("packages/closed-A/bindings"))["items"]
    assert binding["until"] is not None
    assert put(dispatcher, "closed-A")["closed_at"] is None


def test_lists_come_in_pages(dispatcher: httpx.Client) -> None:
    """Each once, in order; the same answer is not sent again."""
    for number in range(5):
        put(dispatcher, f"page-{number}", order_id="PAGES")
    found, cursor = [], ""
    while cursor is not None:
        page = said(dispatcher.get("packages", params={"order": "PAGES", "limit": 2, "cursor": cursor}))
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert found == [f"page-{number}" for number in range(5)]
    assert dispatcher.get("packages?cursor=***").status_code == 422
    etag = dispatcher.get("packages?order=PAGES").headers["ETag"]
    assert dispatcher.get("packages?order=PAGES", headers={"If-None-Match": etag}).status_code == 304


def test_a_file_is_taken_line_by_line(dispatcher: httpx.Client) -> None:
    """One bad line stops no other, and the same file again changes nothing."""
    put_route(dispatcher, "file-1")
    text = (
        "\N{BYTE ORDER MARK}Parcel;Route;Stop;Tag;Kg\r\n"
        f"file-A;file-1;s1;{BEACON.upper()};3\r\n"
        "file-B;file-9;;;\r\n"
        "file-C;file-1;s9;;\r\n"
        ";file-1;;;\r\n"
        "file-A;;;;\r\n"
        f"file-D;file-1;;{BEACON};\r\n"
        "file E;;;;\r\n"
    )
    first = brought(dispatcher, text)
    assert (first["created"], first["changed"], first["same"], first["refused_count"]) == (2, 0, 0, 6)
    assert {each["line"] for each in first["refused"]} == {3, 4, 5, 6, 7, 8}
    why = {each["line"]: each["why"] for each in first["refused"]}
    assert "no route 'file-9'" in why[3]
    assert "no stop 's9'" in why[4]
    assert "line 2 already" in why[6]
    assert "twice" in why[7]
    assert first["ignored_columns"] == ["Kg"]
    again = brought(dispatcher, text)
    assert (again["created"], again["changed"], again["same"]) == (0, 0, 2)
    row = said(dispatcher.get("packages/file-A"))
    assert (row["tag_id"], row["stop_id"]) == (BEACON, "s1")
    assert brought(dispatcher, "id,stop,tag\nfile-A,,\n")["changed"] == 1
    row = said(dispatcher.get("packages/file-A"))
    assert (row["tag_id"], row["stop_id"], row["route_id"]) == (BEACON, None, "file-1")
    put_route(dispatcher, "file-2", vehicle_id="van-002")
    assert brought(dispatcher, "id,route\nfile-A,file-2\n")["changed"] == 1
    assert said(dispatcher.get("packages/file-A"))["vehicle_id"] == "van-002"
    assert dispatcher.post("packages/import", content=b"\xff\x00\xff").status_code == 422


def test_a_large_file_takes_seconds(dispatcher: httpx.Client) -> None:
    """A depot's morning: 3,000 packages with tags."""
    rows = "".join(
        f"big-{number},van-003,D0:00:00:00:{number // 256:02X}:{number % 256:02X}\n" for number in range(3000)
    )
    begun = datetime.now(UTC)
    assert brought(dispatcher, "id,vehicle,tag\n" + rows)["created"] == 3000
    assert datetime.now(UTC) - begun < timedelta(seconds=20)
    assert len(said(dispatcher.get("packages?vehicle=van-003&limit=1000"))["items"]) == 1000
    assert said(dispatcher.get("packages?q=D0:00:00:00:0B:B7"))["items"][0]["id"] == "big-2999"


def test_a_tag_goes_from_one_package_to_the_next(dispatcher: httpx.Client) -> None:
    """At the end of the day tags come back in a box; whoever scans says that it moves."""
    tag = "E0:00:00:00:00:01"
    for package in ("bind-A", "bind-B"):
        put(dispatcher, package)
    first = said(dispatcher.post("bindings", json={"package_id": "bind-A", "tag_id": tag.lower()}), 201)
    assert (first["tag_id"], first["until"], first["bound_by"]) == (tag, None, "plans")
    refused = said(dispatcher.post("bindings", json={"package_id": "bind-B", "tag_id": tag}), 409)
    assert "'bind-A'" in refused["detail"]
    said(dispatcher.post("bindings", json={"package_id": "bind-B", "tag_id": tag, "move": True}), 201)
    history = said(dispatcher.get(f"tags/{tag}/bindings"))["items"]
    assert [(each["package_id"], each["until"] is None) for each in history] == [("bind-B", True), ("bind-A", False)]
    assert said(dispatcher.get("packages/bind-B"))["tag_id"] == tag
    assert "Take it off" in said(dispatcher.delete(f"tags/{tag}"), 409)["detail"]
    assert dispatcher.delete("bindings/bind-B").status_code == 204
    assert dispatcher.delete("bindings/bind-B").status_code == 404
    assert dispatcher.delete(f"tags/{tag}").status_code == 204
    assert dispatcher.get(f"tags/{tag}").status_code == 404
    missing = said(dispatcher.post("bindings", json={"package_id": "bind-A", "tag_id": "typo"}), 409)
    assert "Add it to the tags first" in missing["detail"]
    assert dispatcher.post("bindings", json={"package_id": "nobody", "tag_id": tag}).status_code == 404


def test_a_binding_may_be_said_later_but_not_ahead(dispatcher: httpx.Client) -> None:
    """The scanner had no network; and nobody knows tomorrow."""
    put(dispatcher, "late-A")
    now = datetime.now(UTC)
    body = {"package_id": "late-A", "tag_id": "E0:00:00:00:00:02"}
    for at in (now + timedelta(hours=1), now - timedelta(days=60)):
        assert dispatcher.post("bindings", json={**body, "at": rfc3339(at)}).status_code == 422
    at = rfc3339(now - timedelta(hours=2))
    assert said(dispatcher.post("bindings", json={**body, "at": at}), 201)["from"] == at


def test_bindings_come_from_a_file(dispatcher: httpx.Client) -> None:
    """Line by line as well."""
    put(dispatcher, "pairs-A")
    done = brought(
        dispatcher, "package,tag\npairs-A,E0:00:00:00:00:03\nnobody,E0:00:00:00:00:04\npairs-A\n", "bindings"
    )
    assert (done["created"], done["same"], [each["line"] for each in done["refused"]]) == (1, 0, [3, 4])
    again = brought(dispatcher, "package,tag\npairs-A,E0:00:00:00:00:03\n", "bindings")
    assert (again["created"], again["same"], again["refused"]) == (0, 1, [])


def test_tags_have_names_and_limits(dispatcher: httpx.Client) -> None:
    """The id may hold slashes; limits that make no sense are refused."""
    limit = {"quantity": "temperature_c", "min": 2, "max": 8, "dwell_s": 600}
    id_ = BEACON.replace("/17", "/18")
    made = said(dispatcher.post("tags", json={"id": id_.upper(), "name": "Cold", "limits": [limit]}), 201)
    assert (made["id"], made["format"], made["limits"]) == (id_, "ibeacon", [limit])
    assert (made["battery_ends_at"], made["last_heard_at"], made["package_id"]) == (None, None, None)
    assert dispatcher.post("tags", json={"id": id_}).status_code == 409
    quoted = id_.replace("/", "%2F")
    assert said(dispatcher.get(f"tags/{quoted}")) == said(dispatcher.get(f"tags/{id_}")) == made
    assert said(dispatcher.put(f"tags/{quoted}", json={"name": "Warm"}))["limits"] == []
    assert [each["id"] for each in said(dispatcher.get("tags?q=warm"))["items"]] == [id_]
    readings = said(dispatcher.get(f"tags/{id_}/readings"))
    assert (readings["points"], readings["unit"], readings["cut"]) == ([], "\u00b0C", False)
    for wrong in ([{**limit, "min": 9}], [limit, limit], [{"quantity": "temperature_c"}]):
        assert dispatcher.put(f"tags/{id_}", json={"limits": wrong}).status_code == 422
    assert dispatcher.post("tags", json={"id": "two words"}).status_code == 422
    assert dispatcher.put("tags/nobody", json={}).status_code == 404


@pytest.mark.parametrize(
    ("code", "kind", "id_"),
    [
        ("scan-A", "package", "scan-A"),
        (SSCC, "package", "scan-A"),
        (f"]d200{SSCC}10AB", "package", "scan-A"),
        (f"https://id.gs1.org/00/{SSCC}", "package", "scan-A"),
        ("01095060001343522112", "unknown", None),
        ("https://example.com/01/09506000134352/21/12", "package", "scan-B"),
        ("f00000000001", "tag", "F0:00:00:00:00:01"),
        ("T-17", "tag", "F0:00:00:00:00:01"),
        ("two of them", "unknown", None),
        ("nothing", "unknown", None),
    ],
)
def test_a_code_is_a_package_or_a_tag(dispatcher: httpx.Client, code: str, kind: str, id_: str | None) -> None:
    """Whatever is printed on either, by a telephone's camera."""
    put(dispatcher, "scan-A", reference=f"(00) {SSCC}")
    put(dispatcher, "scan-B", reference="(01)09506000134352(21)12")
    for package in ("scan-C", "scan-D"):
        put(dispatcher, package, reference="two of them")
    dispatcher.post("tags", json={"id": "F0:00:00:00:00:01", "name": "T-17"})
    found = said(dispatcher.get("scan", params={"code": code}))
    assert (found["kind"], found["id"]) == (kind, id_)
    assert ("gs1" in found["reads"]) == (SSCC in code or "/01/" in code)


def test_a_wrong_digit_is_said(dispatcher: httpx.Client) -> None:
    """Or somebody looks for a package that is not there."""
    found = said(dispatcher.get("scan", params={"code": "]C100340123450000000018"}))
    assert (found["kind"], "check digit" in found["says"]) == ("unknown", True)


def test_a_team_knows_only_packages_of_its_vans(dispatcher: httpx.Client, limited: httpx.Client) -> None:
    """P6: neither reading, nor writing, nor scanning, nor a refusal tells of the others."""
    tag = "AB:00:00:00:00:01"
    put(dispatcher, "team-ours", vehicle_id="van-001")
    put(dispatcher, "team-theirs", vehicle_id="van-002", reference="SECRET", tag_id=tag)
    put_route(dispatcher, "team-route", vehicle_id="van-002")
    assert [each["id"] for each in said(limited.get("packages?q=team-"))["items"]] == ["team-ours"]
    for path in ("packages/team-theirs", "packages/team-theirs/bindings", f"tags/{tag}", f"tags/{tag}/readings",
                 "routes/team-route"):  # fmt: skip
        assert limited.get(path).status_code == 404, path
    put(limited, "team-theirs", 404, vehicle_id="van-001")
    for path in ("packages/team-theirs", "bindings/team-theirs", f"tags/{tag}", "routes/team-route"):
        assert limited.delete(path).status_code == 404, path
    assert put_route(limited, "team-route", 404)
    assert put_route(limited, "team-mine", 422, vehicle_id="van-002")
    assert put(limited, "team-new", 422, vehicle_id="van-002")
    assert "one of your vehicles" in put(limited, "team-new", 422)["detail"]
    for code in ("team-theirs", "SECRET", tag):
        assert said(limited.get("scan", params={"code": code}))["kind"] == "unknown"
    body = {"package_id": "team-ours", "tag_id": tag, "move": True}
    assert "do not see" in said(limited.post("bindings", json=body), 409)["detail"]
    [line] = brought(limited, "id,vehicle\nteam-theirs,van-001\n")["refused"]
    assert "do not see" in line["why"]
    assert said(dispatcher.get("packages/team-theirs"))["vehicle_id"] == "van-002"
    assert put(limited, "team-new", vehicle_id="van-001")["vehicle_id"] == "van-001"


def test_viewers_look_and_change_nothing(server: Server) -> None:
    """Roles, as everywhere."""
    assert server.api.get("/api/v1/packages").status_code == 200
    assert server.api.put("/api/v1/packages/x", json={}).status_code == 403
    assert server.api.post("/api/v1/bindings/import", content=b"package,tag\n").status_code == 403


def test_every_change_is_in_the_audit_log(dispatcher: httpx.Client, server: Server) -> None:
    """Who, what, and what it was before; what changes nothing is not there."""
    put(dispatcher, "log-A", reference="R1")
    put(dispatcher, "log-A", reference="R2")
    put(dispatcher, "log-A", reference="R2")
    dispatcher.delete("packages/log-A")
    put_route(dispatcher, "log-1")
    put_route(dispatcher, "log-1")
    database = Database("", server.data)
    with database.reading() as connection:
        rows = [*list_audit(connection, before=None, limit=9, subject="log-A"),
                *list_audit(connection, before=None, limit=9, subject="log-1")]  # fmt: skip
    database.close()
    assert [row["what"] for row in rows] == ["package_closed", "package_changed", "package_created", "route_created"]
    assert rows[1]["detail"]["reference"] == {"was": "R1", "is": "R2"}
    assert {row["who"] for row in rows} == {"plans"}
