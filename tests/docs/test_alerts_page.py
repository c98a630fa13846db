"""docs/alerts.md: the rules on the page are rules, the subscription is one, the webhook's data is what is sent."""

import json
from typing import Any

import msgspec
import pytest

from server.api.alert_rules import rule_of
from server.api.examples_alerts import ALERT
from server.api.shapes_alerts import AlertRuleIn, Subscription
from server.domain.alerts import subscription
from server.domain.alerts.rules import Rule
from tests.docs.pages import blocks, page

FOUND: list[Any] = [json.loads(block.text) for block in blocks("json", of="docs/alerts.md")]
RULES = [one for one in FOUND if "kinds" in one]


@pytest.mark.parametrize("said", RULES, ids=lambda said: said["name"])
def test_a_rule_on_the_page_is_taken_as_it_is(said: dict[str, Any]) -> None:
    """People copy it."""
    assert rule_of(AlertRuleIn(**said), "a-rule").name == said["name"]


def test_the_subscription_on_the_page_is_taken() -> None:
    """With its quiet hours and digests."""
    [said] = [one for one in FOUND if "routes" in one]
    shaped = Subscription(**said).model_dump(by_alias=True)
    assert subscription.checked(msgspec.convert(shaped, subscription.Subscription)).digest == ("07:30", "15:00")


def test_every_field_of_a_rule_is_explained() -> None:
    """A field that nobody knows is never used."""
    text = page("docs/alerts.md")
    for field in set(Rule.__struct_fields__) - {"id", "name"}:
        assert f"`{field}`" in text, field


def test_the_webhook_says_what_the_example_of_the_api_says() -> None:
    """One story, told in two places."""
    [said] = [one["data"] for one in FOUND if "type" in one]
    assert {name: ALERT[name] for name in said.keys() & ALERT.keys()} == {
        name: said[name] for name in said.keys() & ALERT.keys()
    }
