"""A client that openapi-python-client made: a Telegram webhook with a filter, an event, and what is listed then."""

import json
import os

from lanehook_client import AuthenticatedClient
from lanehook_client.api.events import publish_events
from lanehook_client.api.webhooks import create_webhook, list_webhooks
from lanehook_client.models import (
    AuthNone, EventInput, Filter, KnownPlatform, Preset, Problem, RetryPreset, WebhookInput, WebhookInputFields,
)

client = AuthenticatedClient(base_url=os.environ["LANEHOOK_URL"], token=os.environ["LANEHOOK_KEY"])
fields = {"bot_token": "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678", "chat_id": "-1001234567890"}
webhook = WebhookInput(
    platform=KnownPlatform.TELEGRAM,
    fields=WebhookInputFields.from_dict(fields),
    event_types=["portfolio_*"],
    filter_=Filter.from_dict({"data": {"value": {"$gte": 180}}}),
    auth=AuthNone(type_="none"),
    retry=RetryPreset(preset=Preset.QUICK),
)
made = create_webhook.sync(client=client, body=webhook)
assert not isinstance(made, Problem), made
event = EventInput(type_="price_alert", data={"symbol": "ACME", "price": 187.5})
published = publish_events.sync(client=client, body=event)
assert not isinstance(published, Problem), published
listed = list_webhooks.sync(client=client, limit=10)
mine = next(webhook for webhook in listed.data if webhook.id == made.id)
refused = create_webhook.sync(client=client, body=WebhookInput(url="ftp://example.com/"))
print(json.dumps({
    "platform": mine.platform, "filter": mine.filter_.to_dict(), "rate": mine.rate_limit.limit, "code": refused.code,
}))
