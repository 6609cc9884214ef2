"""Verifies a captured request with somebody else's library.

Reads {"check": ..., "secret": ..., "headers": {...}, "body": "..."} from standard input; exits 0 if it verifies.
"""

import base64
import json
import sys


def standardwebhooks(case):
    from standardwebhooks.webhooks import Webhook

    Webhook(case["secret"]).verify(case["body"].encode(), case["headers"])


def stripe(case):
    from stripe import WebhookSignature

    header = case["headers"]["stripe-signature"]
    assert WebhookSignature.verify_header(case["body"], header, case["secret"], tolerance=300)


def ed25519(case):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    headers = case["headers"]
    key = base64.b64decode(case["public_key"].removeprefix("whpk_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{case['body']}".encode()
    version, signature = headers["webhook-signature"].split(",", 1)
    assert version == "v1a"
    Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature), signed)


def plain(case):
    """The signature inside of a body: over the same object without it."""
    import hashlib
    import hmac

    signature = json.loads(case["body"])["signature"]
    signed = case["body"].removesuffix(f',"signature":"{signature}"}}') + "}"
    assert len(signed) < len(case["body"]), "the signature comes last"
    expected = hmac.new(case["secret"].encode(), signed.encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signature, f"sha256={expected}")


def cloudevents(case):
    """The library reads the event as it came, validates it, and finds what was published."""
    from cloudevents.core.bindings.http import HTTPMessage, from_http_event

    event = from_http_event(HTTPMessage(headers=case["headers"], body=case["body"].encode()))
    found = {name: str(value) for name, value in event.get_attributes().items()}
    assert found == case["attributes"], found
    assert event.get_data() == case["data"], event.get_data()


def openapi(case):
    from openapi_spec_validator import OpenAPIV31SpecValidator

    document = json.loads(case["body"])
    assert document["openapi"].startswith("3.1"), document["openapi"]
    OpenAPIV31SpecValidator(document).validate()


CHECKS = {
    "cloudevents": cloudevents,
    "ed25519": ed25519,
    "openapi": openapi,
    "plain": plain,
    "standardwebhooks": standardwebhooks,
    "stripe": stripe,
}

case = json.load(sys.stdin)
CHECKS[case["check"]](case)
