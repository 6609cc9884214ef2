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


def openapi(case):
    from openapi_spec_validator import OpenAPIV31SpecValidator

    document = json.loads(case["body"])
    assert document["openapi"].startswith("3.1"), document["openapi"]
    OpenAPIV31SpecValidator(document).validate()


case = json.load(sys.stdin)
{"standardwebhooks": standardwebhooks, "stripe": stripe, "ed25519": ed25519, "openapi": openapi}[case["check"]](case)
