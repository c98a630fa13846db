"""Signing in at an OpenID provider: a real one on a free port, that tells the truth, and one that lies."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.people import a_browser
from tests.support.provider import CLIENT, SECRET, Provider
from tests.support.servers import Server, a_server


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    """A server that trusts it."""
    folder = tmp_path_factory.mktemp("oidc")
    (folder / "secret").write_text(SECRET + "\n")
    settings = {
        "issuer": provider.issuer, "client_id": CLIENT, "client_secret_file": "secret", "name": "Acme",
        "role_claim": "realm.groups",
    }  # fmt: skip
    roles = {"fleet-admins": "admin", "depot": "dispatcher", "bay": "installer"}
    with a_server(folder, oidc=settings, **{"oidc.role_map": roles}) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    """Each test begins with a provider that tells the truth."""
    provider.lie, provider.sign, provider.answer, provider.broken = None, provider.signed, {}, False
    provider.user = {"sub": "1", "email": "aino@example.org", "email_verified": True, "realm": {"groups": ["depot"]}}


@pytest.fixture
def browser(house: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.api.base_url, follow_redirects=True) as client:
        yield client


def come(browser: httpx.Client, path: str = "/login/oidc") -> str:
    """Where the browser ends after it went to the provider and back."""
    return str(browser.get(path).url).removeprefix(str(browser.base_url).rstrip("/"))


def who(browser: httpx.Client) -> dict[str, Any]:
    return browser.get("/api/v1/session").json()


def log(house: Server, query: str) -> list[dict[str, Any]]:
    with a_browser(house, "boss", "admin") as admin:
        return admin.get(f"/api/v1/audit?{query}").json()["items"]


def test_whoever_the_provider_knows_is_in(house: Server, browser: httpx.Client, provider: Provider) -> None:
    """With the role of their group, and no password here."""
    assert browser.get("/api/v1/sign-in").json() == {"oidc": "Acme"}
    assert come(browser) == "/"
    said = who(browser)
    assert (said["name"], said["role"], said["password"]) == ("aino@example.org", "dispatcher", False)
    assert provider.asked[-1]["scope"] == "openid profile email"
    changed = browser.put("/api/v1/session/password", json={"password": "four words make one"})
    assert (changed.status_code, "elsewhere" in changed.json()["detail"]) == (403, True)
    rows = log(house, "subject=aino@example.org")
    assert [(row["what"], row["who"]) for row in rows] == [
        ("signed_in", "aino@example.org"), ("user_added", "Acme (oidc)"),
    ]  # fmt: skip
    assert rows[0]["detail"] == {"way": "oidc"}


def test_the_session_of_who_signs_in_elsewhere_lasts_a_day(house: Server, browser: httpx.Client) -> None:
    """Who is no longer known there is out here within a day; the cookie is as careful as the password's."""
    first = httpx.get(f"{house.api.base_url}/login/oidc")
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert first.headers["Cache-Control"] == "no-store"
    kept = {"Cookie": first.headers["Set-Cookie"].partition(";")[0]}
    back = httpx.get(httpx.get(first.headers["Location"]).headers["Location"], headers=kept)
    [gone, session] = sorted(back.headers.get_list("Set-Cookie"))
    assert "milepost_oidc" in gone
    assert "Max-Age=0" in gone
    assert {"Max-Age=86400", "HttpOnly", "SameSite=lax"} <= {word.strip() for word in session.split(";")}


def test_each_sign_in_is_its_own(house: Server, provider: Provider, browser: httpx.Client) -> None:
    """State, nonce and challenge are never the same twice, and long enough not to be guessed."""
    for _ in range(2):
        come(browser)
    for name in ("state", "nonce", "code_challenge"):
        one, other = (asked[name] for asked in provider.asked[-2:])
        assert one != other
        assert len(one) >= 43
    assert len({provider.asked[-1][name] for name in ("state", "nonce", "code_challenge")}) == 3


def test_one_goes_on_to_the_page_that_one_came_for(browser: httpx.Client) -> None:
    """A link in a message leads there, not to the first page."""
    assert come(browser, "/login/oidc?next=/ops?vehicle=van-1%26page=day") == "/ops?vehicle=van-1&page=day"


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/login/oidc", "/\r\nA: b"],
)
def test_the_way_back_never_leads_to_another_site(browser: httpx.Client, path: str) -> None:
    """A link to our sign-in is not to end at somebody else's copy of it."""
    browser.get("/login/oidc", params={"next": path})
    assert str(browser.get("/login/oidc", params={"next": path}).url) == str(browser.base_url).rstrip("/") + "/"


def ago(seconds: int) -> int:
    return int(time.time()) - seconds


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another program"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"aud": None},
        {"iss": "https://another.example"},
        {"exp": ago(120)},
        {"exp": None},
        {"exp": "soon"},
        {"iat": ago(-3600)},
        {"nbf": ago(-3600)},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
    ],
    ids=" ".join,  # every process of the tests has to call them the same
)
def test_a_token_that_is_not_for_us_now_and_here_opens_nothing(
    browser: httpx.Client, provider: Provider, lie: dict[str, Any]
) -> None:
    """OpenID Connect Core 1.0, 3.1.3.7, line by line."""
    provider.lie = lambda claims: {name: value for name, value in {**claims, **lie}.items() if value is not None}
    assert come(browser) == "/login?oidc=refused"
    assert browser.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize("sign", ["unsigned", "signed_with_public_key", "signed_by_a_stranger"])
def test_a_token_that_anybody_could_make_opens_nothing(browser: httpx.Client, provider: Provider, sign: str) -> None:
    """`none`, the two kinds of keys confused, and a key of another."""
    provider.sign = getattr(provider, sign)
    assert come(browser) == "/login?oidc=refused"
    assert browser.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "another"},
        {"state": ""},
        {"code": "guessed"},
        {"iss": "https://another.example"},
        {"error": "access_denied"},
    ],
    ids=str,
)
def test_a_way_back_that_we_did_not_ask_for_opens_nothing(
    browser: httpx.Client, provider: Provider, answer: dict[str, str]
) -> None:
    """Another browser's code, a guessed one, another issuer's, or "no"."""
    provider.answer = answer
    assert come(browser) == "/login?oidc=refused"
    assert browser.get("/api/v1/session").status_code == 401


def test_a_code_of_another_browser_opens_nothing(house: Server, browser: httpx.Client) -> None:
    """Whoever sends somebody a link to their own way back does not sign them in as themselves."""
    mallory = httpx.get(httpx.get(f"{house.api.base_url}/login/oidc").headers["Location"]).headers["Location"]
    browser.get("/login/oidc", follow_redirects=False)
    assert str(browser.get(mallory).url).endswith("/login?oidc=refused")
    with httpx.Client(follow_redirects=True) as without_cookie:
        assert str(without_cookie.get(mallory).url).endswith("/login?oidc=refused")


def test_a_way_back_works_once(house: Server) -> None:
    """A history, or a proxy's log."""
    first = httpx.get(f"{house.api.base_url}/login/oidc")
    kept = {"Cookie": first.headers["Set-Cookie"].partition(";")[0]}
    back = httpx.get(first.headers["Location"]).headers["Location"]
    assert httpx.get(back, headers=kept).headers["Location"] == "/"
    assert httpx.get(back, headers=kept).headers["Location"] == "/login?oidc=refused"


def test_the_provider_may_change_its_keys(browser: httpx.Client, provider: Provider) -> None:
    """Every few weeks; nobody here does anything for it."""
    assert come(browser) == "/"
    old = provider.key
    provider.rotate()
    assert come(browser) == "/"
    provider.sign = lambda claims: type(provider).signed(provider_with(provider, old), claims)
    assert come(browser) == "/login?oidc=refused"


def provider_with(provider: Provider, key: Any) -> Any:
    """The provider, still signing with an old key."""
    return type("Old", (), {"algorithm": provider.algorithm, "key": key})()


def test_the_provider_decides_about_the_role_each_time(
    house: Server, browser: httpx.Client, provider: Provider
) -> None:
    """Somebody moves from the bay to the office, and leaves; the strongest of several groups counts."""
    provider.user |= {"sub": "2", "email": "mover@example.org", "realm": {"groups": ["bay", "unheard of"]}}
    come(browser)
    assert who(browser)["role"] == "installer"
    provider.user["realm"] = {"groups": ["bay", "fleet-admins", "depot"]}
    with httpx.Client(base_url=browser.base_url, follow_redirects=True) as other:
        come(other)
        assert who(other)["role"] == "admin"
        assert browser.get("/api/v1/session").status_code == 401
        assert log(house, "subject=mover@example.org&what=user_changed")[0]["detail"] == {
            "role": {"was": "installer", "is": "admin"}
        }
        provider.user["realm"] = {"groups": []}
        assert come(browser) == "/login?oidc=role"
        assert other.get("/api/v1/session").status_code == 401


def test_who_has_no_group_may_not_come_in(house: Server, browser: httpx.Client, provider: Provider) -> None:
    """Being known there is not being let in here."""
    provider.user = {"sub": "3", "email": "guest@example.org", "email_verified": True}
    assert come(browser) == "/login?oidc=role"
    assert browser.get("/api/v1/session").status_code == 401
    assert log(house, "subject=guest@example.org") == []


def test_a_name_at_the_provider_is_no_proof_of_being_somebody_here(browser: httpx.Client, provider: Provider) -> None:
    """Whoever may choose a name there chooses `admin`; and somebody with a new account has an old address."""
    provider.user = {"sub": "4", "preferred_username": "admin", "realm": {"groups": ["fleet-admins"]}}
    assert come(browser) == "/login?oidc=taken"
    provider.user = {"sub": "5", "email": "aino@example.org", "email_verified": True, "realm": {"groups": ["depot"]}}
    assert come(browser) == "/login?oidc=taken"
    assert browser.get("/api/v1/session").status_code == 401


def test_somebody_who_was_added_before_is_known_by_a_checked_address_only(
    house: Server, browser: httpx.Client, provider: Provider
) -> None:
    """An admin puts them into a team before their first day."""
    with a_browser(house, "boss", "admin") as admin:
        added = {"name": "new@example.org", "role": "viewer", "sign_in": "oidc"}
        assert admin.post("/api/v1/users", json=added).status_code == 201
        team = {"name": "First day", "members": ["new@example.org"]}
        team_id = admin.post("/api/v1/teams", json=team).json()["id"]
    provider.user = {"sub": "6", "email": "new@example.org", "realm": {"groups": ["depot"]}}
    provider.user |= {"email_verified": False, "preferred_username": "new@example.org"}
    assert come(browser) == "/login?oidc=taken"
    provider.user["email_verified"] = True
    assert come(browser) == "/"
    assert who(browser)["teams"] == [team_id]
    provider.user["email"] = "married@example.org"
    assert come(browser) == "/"
    assert who(browser)["name"] == "new@example.org"


def test_a_provider_that_is_away_is_said_to_be(
    tmp_path_factory: pytest.TempPathFactory, house: Server, browser: httpx.Client, provider: Provider
) -> None:
    """Passwords go on working."""
    folder = tmp_path_factory.mktemp("away")
    with Provider("ES256") as other, a_server(folder, oidc={"issuer": other.issuer, "client_id": CLIENT}) as server:
        with httpx.Client(base_url=server.api.base_url, follow_redirects=True) as client:
            other.broken = True
            assert come(client) == "/login?oidc=away"
            other.broken, other.about = False, {"issuer": "https://another.example"}
            assert come(client) == "/login?oidc=away"
            other.about = {"token_endpoint": None}
            assert come(client) == "/login?oidc=away"
            said = client.post("/api/v1/session", json={"name": "admin", "password": server.password})
            assert said.status_code == 204
        assert "calls itself https://another.example" in server.log.read_text()


def test_elliptic_curves_and_a_secret_in_the_form_do_as_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    """And default_role, where the provider knows no groups: it decides the first time only."""
    folder = tmp_path_factory.mktemp("curves")
    (folder / "secret").write_text(SECRET)
    with Provider("ES256") as other:
        other.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        settings = {
            "issuer": other.issuer,
            "client_id": CLIENT,
            "client_secret_file": "secret",
            "default_role": "viewer",
        }
        with a_server(folder, oidc=settings) as server:
            with httpx.Client(base_url=server.api.base_url, follow_redirects=True) as client:
                assert come(client) == "/"
                assert who(client)["role"] == "viewer"
            with a_browser(server, "admin", "admin") as admin:
                admin.put("/api/v1/users/aino@example.org", json={"role": "dispatcher"})
            with httpx.Client(base_url=server.api.base_url, follow_redirects=True) as client:
                assert come(client) == "/"
                assert who(client)["role"] == "dispatcher"
            other.secret = "another"
            assert come(httpx.Client(base_url=server.api.base_url, follow_redirects=True)) == "/login?oidc=refused"


def test_a_client_without_a_secret_has_its_verifier(tmp_path_factory: pytest.TempPathFactory) -> None:
    """RFC 7636: it alone ties the code to us."""
    with Provider() as other:
        other.secret = ""
        settings = {"issuer": other.issuer, "client_id": CLIENT, "default_role": "installer"}
        with a_server(tmp_path_factory.mktemp("public"), oidc=settings) as server:
            client = httpx.Client(base_url=server.api.base_url, follow_redirects=True)
            assert come(client) == "/"
            assert who(client)["role"] == "installer"
            client.close()


def test_without_a_provider_there_is_only_the_password(busy: Server) -> None:
    """The page shows no button, and the address leads to the form."""
    assert busy.api.get("/api/v1/sign-in").json() == {"oidc": None}
    for path in ("/login/oidc", "/login/oidc/callback"):
        assert busy.api.get(path).headers["Location"] == "/login"


def test_no_secret_is_in_the_log(house: Server, provider: Provider) -> None:
    """Neither the client's nor a token nor a code."""
    text = house.log.read_text()
    assert SECRET not in text
    assert "eyJ" not in text
    for asked in provider.asked:
        assert asked["state"] not in text
