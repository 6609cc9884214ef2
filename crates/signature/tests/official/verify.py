"""Asks the senders' own libraries about ../vectors.json: what they accept, the crate accepts, and what they refuse, it refuses.

Their clocks are set to the vectors' time. Says how many cases of which dialect were compared; names the first that differs.
"""

import base64
import collections
import datetime
import json
import pathlib
import sys
import urllib.parse
from unittest import mock

NOW = 1_700_000_000


def svix(case, secret, headers, body):
    from standardwebhooks import webhooks as clocked
    from svix import webhooks

    now = datetime.datetime.fromtimestamp(NOW, tz=datetime.timezone.utc)
    clock = mock.Mock(wraps=datetime.datetime)
    clock.now.return_value = now
    with mock.patch.object(clocked, "datetime", clock):
        webhooks.Webhook(secret).verify(body, headers)
    return True


def stripe(case, secret, headers, body):
    from stripe import WebhookSignature

    with mock.patch("time.time", lambda: NOW):
        return WebhookSignature.verify_header(body.decode(), headers["stripe-signature"], secret, tolerance=300)


def slack(case, secret, headers, body):
    from slack_sdk.signature import Clock, SignatureVerifier

    clock = Clock()
    clock.now = lambda: NOW
    return SignatureVerifier(secret, clock).is_valid_request(body, headers)


def discord(case, key, headers, body):
    from discord_interactions import verify_key

    return verify_key(body, headers["x-signature-ed25519"], headers["x-signature-timestamp"], key)


def square(case, secret, headers, body):
    from square.utils.webhooks_helper import verify_signature

    return verify_signature(
        request_body=body.decode(),
        signature_header=headers["x-square-hmacsha256-signature"],
        signature_key=secret,
        notification_url=case["url"],
    )


def twilio(case, secret, headers, body):
    from twilio.request_validator import RequestValidator
    from werkzeug.datastructures import MultiDict

    text = body.decode()
    if "bodySHA256=" not in case["url"]:
        text = MultiDict(urllib.parse.parse_qsl(text, keep_blank_values=True))  # as Flask hands it out
    return RequestValidator(secret).validate(case["url"], text, headers["x-twilio-signature"])


CHECKS = {check.__name__: check for check in [svix, stripe, slack, discord, square, twilio]}
# Discord's library leaves the time to whoever asks it, and Stripe's takes any that is still to come.
CLOCKLESS = {"discord": ["too_old", "in_future"], "stripe": ["in_future"]}
compared = collections.Counter()
vectors = json.loads((pathlib.Path(__file__).parent.parent / "vectors.json").read_text())
for case in vectors["cases"]:
    check = CHECKS.get(case["dialect"])
    if check is None or case.get("lenient") or len(case["verify_with"]) != 1:
        continue
    if case["expect"] in CLOCKLESS.get(case["dialect"], []):
        continue
    body = case["body"].encode() if "body" in case else base64.b64decode(case["body_base64"])
    if check in [svix, stripe, slack, square] and "body_base64" in case or check is square and not body:
        continue  # they take text, and Square's takes some
    try:
        accepted, reason = bool(check(case, case["verify_with"][0], case["headers"], body)), ""
    except Exception as error:  # noqa: BLE001 - whatever a library raises, it refuses
        accepted, reason = False, error
    if accepted != (case["expect"] == "ok"):
        sys.exit(f"{case['name']}: {case['expect']} here, accepted there: {accepted} {reason}")
    compared[case["dialect"]] += 1
print(json.dumps(compared))
