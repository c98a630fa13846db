"""Signing in: the first time, by password, by a link; guessing is slow, and other sites' pages can do nothing."""

from pathlib import Path

import httpx
import pytest

from tests.support.servers import Server, a_server

LONG = "four words make one"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory):
    """A server of its own, because passwords change here."""
    with a_server(tmp_path_factory.mktemp("fresh")) as running:
        yield running


@pytest.fixture
def browser(fresh: Server):
    """Somebody's browser: it keeps cookies."""
    with httpx.Client(base_url=fresh.api.base_url) as client:
        yield client


def sign_in(browser: httpx.Client, password: str, name: str = "admin", **headers: str) -> httpx.Response:
    return browser.post("/api/v1/session", json={"name": name, "password": password}, headers=headers)


def test_the_first_password_opens_and_is_replaced(fresh: Server, browser: httpx.Client) -> None:
    """What was printed on a terminal is no password to keep."""
    assert sign_in(browser, fresh.password).status_code == 204
    said = browser.get("/api/v1/session").json()
    assert (said["name"], said["role"], said["one_time"]) == ("admin", "admin", True)
    elsewhere = httpx.Client(base_url=browser.base_url)
    assert sign_in(elsewhere, fresh.password).status_code == 204
    assert browser.put("/api/v1/session/password", json={"password": LONG}).status_code == 204
    assert browser.get("/api/v1/session").json()["one_time"] is False
    assert elsewhere.get("/api/v1/session").status_code == 401
    assert sign_in(elsewhere, fresh.password).status_code == 401
    assert sign_in(elsewhere, LONG).status_code == 204
    elsewhere.close()


def test_a_session_ends_when_signed_out(fresh: Server, browser: httpx.Client) -> None:
    """On the server as well, not only in the browser."""
    browser.get(_link(fresh))
    cookie = dict(browser.cookies)
    assert browser.get("/api/v1/vehicles").status_code == 200
    assert browser.delete("/api/v1/session").status_code == 204
    browser.cookies.update(cookie)
    assert browser.get("/api/v1/vehicles").status_code == 401


@pytest.mark.parametrize(
    ("to", "where"),
    [
        ("/dock?site=depot&dock=3", "/dock?site=depot&dock=3"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
    ],
)
def test_a_link_opens_the_page_that_it_is_for_and_nobody_elses(
    fresh: Server, browser: httpx.Client, to: str, where: str
) -> None:
    """A dock's screen comes in where it belongs; a link of somebody else's leads nowhere else."""
    link = fresh.milepost("user", "link", "--to", to).strip()
    assert browser.get("/enter?" + link.partition("?")[2]).headers["Location"] == where


def test_the_cookie_is_for_the_server_alone(fresh: Server, browser: httpx.Client) -> None:
    """No script reads it, and no other site's form sends it."""
    said = browser.get(_link(fresh)).headers["Set-Cookie"]
    words = {word.strip().lower() for word in said.split(";")}
    assert {"httponly", "samesite=lax", "path=/", "max-age=1209600"} <= words
    assert "secure" not in words  # loopback has no TLS


def test_behind_tls_the_cookie_goes_nowhere_else(busy: Server) -> None:
    """A proxy ends TLS; the public address says so."""
    link = busy.milepost("user", "link")
    assert link.startswith("https://fleet.example/enter?once=")
    with httpx.Client(base_url=busy.api.base_url) as browser:
        answer = browser.get("/enter?" + link.partition("?")[2])
        assert "secure" in answer.headers["Set-Cookie"].lower()
        for origin, status in (("https://fleet.example", 401), ("https://fleet.example.evil", 403)):
            said = browser.post("/api/v1/session", json={"name": "a", "password": "b"}, headers={"Origin": origin})
            assert said.status_code == status


def test_only_the_proxy_of_the_settings_says_for_whom_it_asks(fresh: Server, tmp_path: Path) -> None:
    """The audit log says where somebody came from; whoever writes a header does not decide about that."""
    said = {"X-Forwarded-For": "203.0.113.9"}
    with a_server(tmp_path, http={"proxy": "127.0.0.1"}) as behind:
        for server, address in ((behind, "203.0.113.9"), (fresh, "127.0.0.1")):
            with httpx.Client(base_url=server.api.base_url, headers=said) as browser:
                browser.get(_link(server))
                assert {
                    each["address"] for each in browser.get("/api/v1/sessions").json()["items"] if each["this"]
                } == {address}


def test_a_link_opens_once(fresh: Server, browser: httpx.Client) -> None:
    """The demo's browser comes in by it; whoever finds it in a history does not."""
    link = _link(fresh)
    answer = browser.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/api/v1/session").json()["name"] == "admin"
    other = httpx.Client(base_url=browser.base_url)
    assert other.get(link).headers["Location"] == "/login?used=1"
    assert other.get("/api/v1/session").status_code == 401
    assert other.get("/enter").status_code == 422
    other.close()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_site_s_page_can_change_nothing(fresh: Server, browser: httpx.Client, origin: str) -> None:
    """Its scripts may send requests with our user's cookie; the browser says where they come from."""
    browser.get(_link(fresh))
    headers = {"Origin": origin}
    for method, path in (("POST", "session"), ("DELETE", "session"), ("PUT", "session/password")):
        body = {"name": "admin", "password": LONG}
        answer = browser.request(method, f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == 403, f"{method} {path}"
    assert browser.get("/api/v1/session").status_code == 200
    assert browser.delete("/api/v1/session", headers={"Origin": str(browser.base_url)}).status_code == 204


def test_guessing_is_slowed_down(browser: httpx.Client) -> None:
    """Five tries, then minutes; who else signs in from there is not kept waiting."""
    answers = [sign_in(browser, f"guess {n}", "mallory") for n in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 200 < int(answers[-1].headers["Retry-After"]) <= 300
    assert answers[-1].json()["title"] == "Too Many Requests"
    assert sign_in(browser, "guess", "somebody").status_code == 401


def test_a_short_password_is_refused_with_a_reason(fresh: Server, browser: httpx.Client) -> None:
    """The page shows what is wrong."""
    browser.get(_link(fresh))
    answer = browser.put("/api/v1/session/password", json={"password": "short"})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "password")
    assert "10 characters" in answer.json()["detail"]
    assert "short" not in answer.text


def test_a_key_has_no_password(fresh: Server) -> None:
    """A program cannot take an account over."""
    assert fresh.api.put("/api/v1/session/password", json={"password": LONG}).status_code == 403


def test_a_lost_password_is_replaced_on_the_command_line(fresh: Server, browser: httpx.Client) -> None:
    """And the admin stays one."""
    printed = fresh.milepost("user", "add", "--name", "admin")
    assert sign_in(browser, printed).status_code == 204
    said = browser.get("/api/v1/session").json()
    assert (said["name"], said["role"], said["one_time"]) == ("admin", "admin", True)


def test_no_password_is_in_the_log(fresh: Server) -> None:
    """The first one is printed once, and nothing else."""
    log = fresh.log.read_text()
    assert log.count(fresh.password) == 1
    assert LONG not in log
    assert "guess" not in log


def _link(server: Server) -> str:
    link = server.milepost("user", "link")
    assert link.startswith(str(server.api.base_url).rstrip("/") + "/enter?once=")
    return link
