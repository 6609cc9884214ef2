import hashlib
import hmac
import re

# Not empty or white space, no public or damaged key, and what begins with whsec_ is whole.
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!whsec_|whsk_|whpk_)\s*\S.*", re.DOTALL)
SIGNED = re.compile(rb'(.*),"signature":"(sha256=[0-9a-f]{64})"\}', re.DOTALL)


def verify(secret, body):
    """Whether these bytes hold the signature of the rest of them, as the payload `plain` does."""
    parts = SIGNED.fullmatch(body)
    if not parts or not SECRET.fullmatch(secret):
        return False
    expected = "sha256=" + hmac.new(secret.encode(), parts[1] + b"}", hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), parts[2])
