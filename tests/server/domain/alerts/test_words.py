"""What alerts say to a tired person."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from server.domain.alerts.kinds import PARTNERS
from server.domain.alerts.message import Told, digest, message
from server.domain.alerts.said import clock, lasted, metres, reading
from server.domain.alerts.words import About, Where, because, storm_because, storm_title, title
from tests.support.news import at, ms
from wire.messages import rfc3339

HERE = Where(zone=ZoneInfo("Europe/Helsinki"), now_ms=ms(600))


def about(kind: str, **body) -> About:
    """A fact of van 3 at noon (14:00 in Helsinki), in the depot."""
    fence = "Ruoholahti depot" if kind.startswith(("fence", "dwell", "speeding")) else ""
    return About(kind=kind, vehicle="Van 3", fence=fence, at_ms=ms(0), body=body)


@pytest.mark.parametrize(
    ("fact", "says", "why"),
    [
        (about("fence_left", duration_s=2050.0), "Van 3 left Ruoholahti depot", "It left at 14:00 after 34 min inside."),
        (about("fence_entered"), "Van 3 entered Ruoholahti depot", "Its first fix inside was at 14:00."),
        (
            about("dwell_reached", dwell_s=5400.0, entered_at=rfc3339(at(-5400))),
            "Van 3 has been in Ruoholahti depot for 90 min",
            "It entered at 12:30 and has not left since.",
        ),
        (
            about("speeding_started", limit_mps=13.89),
            "Van 3 drives faster than 50 km/h",
            "It is above the limit of 50 km/h since 14:00 (Ruoholahti depot).",
        ),
        (
            about("speeding_ended", limit_mps=13.89, duration_s=40.0, distance_m=700.0, max_speed_mps=19.4),
            "Van 3 drove faster than 50 km/h",
            "It was above the limit of 50 km/h until 14:00, for 40 s, for 0.7 km, at most 70 km/h.",
        ),
        (
            about("harsh_braking", mps2=-5.2, speed_mps=12.5),
            "Van 3 braked hard",
            "It happened at 14:00 with 5.2 m/s² at 45 km/h.",
        ),
        (
            about("sensor_high", sensor="Cargo", quantity="temperature_c", value=9.23, limit=8.0, started_at=rfc3339(at(-60))),
            "Cargo of Van 3 is too high",
            "It reads 9.23 °C since 13:59; the limit is 8 °C.",
        ),
        (
            about("gateway_silent", gateway="gw-12", last_seen_at=rfc3339(at(-300))),
            "Van 3 is silent",
            "Its gateway gw-12 was heard last at 13:55.",
        ),
        (
            msgspec.structs.replace(
                about("wrong_vehicle", package="p1", p=0.994, because="It moves with v3."), package="A17", planned="Van 1"
            ),
            "A17 is in Van 3, not in Van 1",
            "It is so since 14:00 (99 % sure): It moves with v3.",
        ),
        (about("tamper", detail={"pin": "lid"}), "Somebody tampered with the gateway of Van 3", "Its gateway said so at 14:00 (pin: lid)."),
    ],
)  # fmt: skip
def test_each_kind_says_what_happened_and_why_in_one_sentence(fact: About, says: str, why: str) -> None:
    """With its figures, and a number that never leaves its unit."""
    assert title(fact).replace("\u00a0", " ") == says
    assert because(fact, HERE).replace("\u00a0", " ") == why


@pytest.mark.parametrize("kind", [*PARTNERS, "parcel_left_behind"])
def test_every_kind_has_words_also_when_the_fact_says_little(kind: str) -> None:
    """Kinds that come later, and facts of an older version: never an error, never a brace."""
    for fact in (about(kind), About(kind=kind, vehicle="Van {0} %s", fence="", at_ms=ms(0), body={}, wait_s=300.0)):
        said = f"{title(fact)} {because(fact, HERE)} {storm_title(kind, 38, ms(0), HERE)}"
        assert "{vehicle}" not in said
        assert "None" not in said
        assert because(fact, HERE).endswith(".")


def test_a_storm_asks_for_its_cause() -> None:
    """Thirty-eight at once have one reason."""
    assert storm_title("gateway_silent", 38, ms(120), HERE) == "38 gateways silent since 14:02: broker?"
    why = storm_because(38, ["Van 1", "Van 2"], ms(120), ms(165), HERE).replace("\u00a0", " ")
    assert why == "38 alerts of one rule opened within 45 s, from 14:02 on: Van 1, Van 2 and 36 more."


def test_a_time_of_another_day_has_its_date() -> None:
    """Today needs none."""
    assert clock(ms(0), HERE.zone, ms(60)) == "14:00"
    assert clock(ms(-86_400), HERE.zone, ms(60)) == "21 Nov, 14:00"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (lasted(40), "40 s"), (lasted(91), "2 min"), (lasted(5400), "90 min"), (lasted(5460), "1 h 31 min"),
        (lasted(7200), "2 h"), (lasted(200_000), "2 days"), (metres(12), "12 m"), (metres(640), "0.6 km"),
        (metres(48_200), "48 km"), (reading("battery_v", 3.3), "3.3 V"), (reading("humidity_pct", 81), "81 %"),
    ],
)  # fmt: skip
def test_figures_are_said_as_on_the_pages(said: str, words: str) -> None:
    """Seconds to 90, minutes to 90, hours to 36."""
    assert said.replace("\u00a0", " ") == words


def a_told(**more) -> Told:
    said = {"title": "Van 3 is silent", "because": "It was heard last at 13:55.", "severity": "warning", "rule": "Silence",
            "state": "open", "late": False, "link": "https://fleet.example/ops?page=alerts&alert=1", **more}  # fmt: skip
    return Told(**said)


def test_a_message_says_first_how_urgent_it_is() -> None:
    """Somebody reads only the subject, on a phone, at night."""
    assert message(a_told(severity="critical"), escalated=False, time_zone="UTC").subject == "Act now: Van 3 is silent"
    assert message(a_told(), escalated=True, time_zone="UTC").subject == "Nobody acted: Van 3 is silent"
    late = message(a_told(late=True, state="closed"), escalated=False, time_zone="UTC").body
    assert "The news came late.\nIt is over already.\n" in late


def test_a_digest_begins_with_the_worst_and_ends_somewhere() -> None:
    """Forty are read; of the rest their number."""
    many = [a_told(title=f"Van {n} is silent") for n in range(44)] + [
        a_told(title="Van 99 is open", severity="critical", state="closed")
    ]
    said = digest(many, time_zone="UTC")
    assert said.subject == "45 alerts: Van 99 is open and others"
    lines = said.body.splitlines()
    assert lines[0] == "45 alerts since the last message; 44 still open."
    assert lines[2] == "Act now: Van 99 is open."
    assert "And 5 more." in lines
