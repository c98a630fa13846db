"""Webhooks to a real HTTP server, checked by the library of those who wrote the standard down."""

import socket
import threading
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from server.notify.addresses import new_secret
from server.notify.guard import is_allowed
from server.notify.sending import Message, NotSent
from server.notify.webhook import send_webhook
from tests.support.ports import free_port
from tests.support.sinks import HttpSink, held

SECRET = new_secret()
MESSAGE = Message(id="m1", subject="", text="", data={"about": "opened", "title": "Van 3 left Käpylä"})
HERE = ["127.0.0.0/8"]


def post(url: str, **more) -> None:
    given = {"private_networks": HERE, "now": datetime.now(UTC), **more}
    send_webhook(url, SECRET, MESSAGE, **given)


def test_a_post_is_signed_as_the_standard_says(web: HttpSink) -> None:
    """The receiver's own library accepts it; one changed byte, and it does not."""
    post(web.url + "?for=ops")
    [got] = web.requests
    assert got.path == "/hooks/s3cret?for=ops"
    said = Webhook(SECRET).verify(got.body, {name.lower(): value for name, value in got.headers.items()})
    assert said["type"] == "alert.opened"
    assert said["data"]["title"] == "Van 3 left Käpylä"
    assert got.headers["webhook-id"] == "m1"
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(got.body + b" ", {name.lower(): value for name, value in got.headers.items()})


@pytest.mark.parametrize("status", [301, 400, 401, 404, 500, 502, 503])
def test_anything_but_a_yes_is_tried_again(web: HttpSink, status: int) -> None:
    """Also a redirect: whoever moves, says the new address to an admin."""
    web.answers = [(status, {"Location": "http://127.0.0.1:1/"})]
    with pytest.raises(NotSent, match=str(status)) as error:
        post(web.url)
    assert error.value.again
    assert len(web.requests) == 1


def test_a_busy_receiver_says_when_to_come_again(web: HttpSink) -> None:
    """Retry-After in seconds; a day is too long, whatever it says."""
    web.answers = [(429, {"Retry-After": "90"}), (503, {"Retry-After": "86400"}), (503, {"Retry-After": "soon"})]
    waits = []
    for _ in range(3):
        with pytest.raises(NotSent) as error:
            post(web.url)
        waits.append(error.value.after_s)
    assert waits == [90.0, 3600.0, None]


def test_410_is_the_end(web: HttpSink) -> None:
    """The receiver is no more: nothing else is sent to it."""
    web.answers = [(410, {})]
    with pytest.raises(NotSent) as error:
        post(web.url)
    assert (error.value.again, error.value.gone) == (False, True)


def test_nobody_is_waited_for_for_ever(web: HttpSink) -> None:
    """A receiver that takes the post and never answers."""
    with held(web), pytest.raises(NotSent, match=r"within 0\.3 s"):
        post(web.url, total_s=0.3)


def test_a_receiver_that_answers_byte_by_byte_is_broken_off() -> None:
    """Each byte would keep a time-out of the socket from coming."""
    port, stop = free_port(), threading.Event()
    listener = socket.create_server(("127.0.0.1", port))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(NotSent) as error:
        post(f"http://127.0.0.1:{port}/", total_s=0.5)
    assert error.value.again
    stop.set()
    thread.join(5)
    listener.close()


def test_what_nobody_listens_on_is_tried_again() -> None:
    """And the words hold no path: it may be a secret."""
    with pytest.raises(NotSent) as error:
        post(f"http://127.0.0.1:{free_port()}/hooks/s3cret")
    assert error.value.again
    assert "s3cret" not in str(error.value)


def test_the_inside_of_networks_is_out_of_reach(web: HttpSink) -> None:
    """Whoever may write a webhook's address must not read our metadata service by it."""
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"):
        with pytest.raises(NotSent, match="private_networks") as error:
            post(f"http://{host}:{web.port}/", private_networks=[])
        assert not error.value.again
    assert web.requests == []


@pytest.mark.parametrize(
    ("ip", "allowed"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("fe80::1%eth0", False),
        ("fc00::1", False), ("224.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False), ("0.0.0.0", False), ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_the_open_internet_and_nothing_else(ip: str, allowed: bool) -> None:
    """The forms in which an inner address hides in an outer one count as what they mean."""
    assert is_allowed(ip, []) == allowed


def test_a_network_that_is_named_is_in_reach() -> None:
    """Only that one."""
    assert is_allowed("10.1.2.3", ["10.0.0.0/8"])
    assert not is_allowed("192.168.1.1", ["10.0.0.0/8"])
