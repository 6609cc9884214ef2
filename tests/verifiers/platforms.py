"""Holds rendered payloads against the models and schemas that the platforms' own or independent libraries bring.

Reads lines {"platform": ..., "event": ..., "payload": ...} from standard input; names what is refused on standard error
and exits 1, or says on standard output how many payloads of which platforms were checked. A platform that no library
knows is left out.
"""

import collections
import json
import sys


def slack(payload):
    from slack_sdk.models.attachments import BlockAttachment
    from slack_sdk.models.blocks import Block

    for attachment in payload["attachments"]:
        if "blocks" not in attachment:
            assert attachment["image_url"] and attachment["fallback"]
            continue
        blocks = Block.parse_all(attachment["blocks"])
        assert len(blocks) == len(attachment["blocks"]) <= 50
        for block, given in zip(blocks, attachment["blocks"]):
            # to_dict validates lengths; what it leaves out, it does not know.
            known = block.to_dict()
            assert set(given) <= set(known), f"unknown members {set(given) - set(known)}"
            for field in given.get("fields", []):
                assert 1 <= len(field["text"]) <= 2000, "field text"
        BlockAttachment(blocks=blocks, color=attachment["color"], fallback=attachment["fallback"]).to_dict()


def teams(payload):
    import adaptive_cards
    import jsonschema
    from pathlib import Path

    for attachment in payload["attachments"]:
        card = attachment["content"]
        schemas = Path(adaptive_cards.__file__).parent / "schemas"
        schema = json.loads((schemas / f"schema-{card['version']}.json").read_text())
        # `msteams` is Teams' own addition to the schema.
        jsonschema.Draft6Validator(schema).validate({k: v for k, v in card.items() if k != "msteams"})


def opsgenie(payload):
    import opsgenie_sdk

    kind = opsgenie_sdk.CreateAlertPayload if "message" in payload else opsgenie_sdk.CloseAlertPayload
    known = kind.attribute_map.values()
    assert set(payload) <= set(known), f"unknown members {set(payload) - set(known)}"
    names = {name: attribute for attribute, name in kind.attribute_map.items()}
    kind(**{names[name]: value for name, value in payload.items()})


def googlechat(payload):
    from google.apps.chat_v1.types import Message

    message = Message.from_json(json.dumps(payload), ignore_unknown_fields=False)
    assert message.cards_v2[0].card.sections[0].widgets
    assert len(json.dumps(payload, ensure_ascii=False).encode()) <= 33_000  # with the spaces that Python writes


def datadog(payload):
    from datadog_api_client.v2.model.http_log import HTTPLog
    from datadog_api_client.v2.model.http_log_item import HTTPLogItem

    HTTPLog([HTTPLogItem(**item) for item in payload])


def telegram(payload):
    from sulguk import transform_html

    # Raises on tags that Telegram does not know; shows what is left when they are parsed.
    shown = transform_html(payload["text"].replace("\n", "<br/>"))
    assert 1 <= len(shown.text.encode("utf-16-le")) // 2 <= 4096 + 8, len(shown.text)
    assert len(shown.entities) <= 100


def matrix(payload):
    from mautrix.types import Format, MessageType, TextMessageEventContent

    content = TextMessageEventContent.deserialize(payload)
    assert content.msgtype == MessageType.TEXT and content.format == Format.HTML
    assert content.serialize() == payload


def apprise_limit(plugin, *places):
    """The most characters that Apprise, which speaks with all of these, sends at once."""

    def check(payload):
        import importlib

        module = importlib.import_module(f"apprise.plugins.{plugin}")
        most = max(
            getattr(kind, "body_maxlen", 0)
            for kind in vars(module).values()
            if isinstance(kind, type) and kind.__module__ == module.__name__ and isinstance(getattr(kind, "body_maxlen", None), int)
        )
        for place in places:
            value = payload
            for step in place.split("."):
                value = value[step]
            assert len(value) <= most, f"{place} has {len(value)} characters, Apprise knows of {most}"

    return check


CHECKS = {
    "slack": slack,
    "teams": teams,
    "opsgenie": opsgenie,
    "jira_service_management": opsgenie,
    "googlechat": googlechat,
    "datadog": datadog,
    "telegram": telegram,
    "matrix": matrix,
    "pagerduty": apprise_limit("pagerduty", "payload.summary"),
    "pushover": apprise_limit("pushover", "message"),
    "zulip": apprise_limit("zulip", "content"),
    "ntfy": apprise_limit("ntfy", "message"),
}

checked, refused = collections.Counter(), []
for line in sys.stdin:
    case = json.loads(line)
    check = CHECKS.get(case["platform"])
    if check is None:
        continue
    try:
        check(case["payload"])
        checked[case["platform"]] += 1
    except Exception as error:  # noqa: BLE001 - whatever a library raises, it refuses
        refused.append(f"{case['platform']} {case['event']}: {type(error).__name__}: {str(error)[:400]}")

if refused:
    sys.exit("\n".join(refused))
print(json.dumps(checked))
