import base64
import hashlib
import hmac
import time


def verify(secret, headers, body, now=None):
    """Whether these bytes are signed with this secret (`whsec_…`), and not more than five minutes ago."""
    try:
        id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        age = int(time.time() if now is None else now) - int(timestamp)
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError):
        return False
    # An id with a full stop, or a time with a sign, would let another request have the same signed text.
    if id == "" or "." in id or not (timestamp.isascii() and timestamp.isdigit()) or abs(age) > 300:
        return False
    # A short key can be guessed, and no key is everybody's.
    if not secret.startswith("whsec_") or len(key) < 24:
        return False
    tag = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(tag)
    signatures = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, given.encode()) for given in signatures)
