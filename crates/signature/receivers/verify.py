import base64
import hashlib
import hmac
import time


def verify(secret, headers, body, now=None):
    """Whether these bytes are signed with this secret (`whsec_…`), and not more than five minutes ago."""
    try:
        id, timestamp, signatures = (only(headers, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
        age = int(time.time() if now is None else now) - int(timestamp)
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        before = f"{id}.{timestamp}.".encode()
    except (LookupError, ValueError):
        return False
    # An id with a full stop, or a time with a sign, would let another request have the same signed text.
    if id == "" or "." in id or not (timestamp.isascii() and timestamp.isdigit()) or abs(age) > 300:
        return False
    # A short key can be guessed, and no key is everybody's.
    if not secret.startswith("whsec_") or len(key) < 24:
        return False
    expected = b"v1," + base64.b64encode(hmac.new(key, before + body, hashlib.sha256).digest())
    signatures = signatures.encode(errors="replace").split(b" ")
    # Two headers of this name, which a server made one: another program may look at the other one.
    if any(given.count(b",") > 1 for given in signatures):
        return False
    return any(hmac.compare_digest(expected, given) for given in signatures)


def only(headers, name):
    """The header's value. An error if there is none, or more than one, of which some frameworks hand out the first."""
    ways = [getattr(headers, way) for way in ("getall", "getlist", "get_all") if hasattr(headers, way)]
    (value,) = (ways[0](name) or ()) if ways else (headers[name],)
    return value
