import hashlib
import hmac
import re

# No white space or quotes alone, no word for a missing one, no public or damaged key; and what begins with whsec_ is whole.
AROUND = r"[\s\"'`\u200b\u2060\ufeff]*"
NONE = rf"{AROUND}(?:\Z|whsec_|whsk_|whpk_|(?:null|NULL|undefined|None|nil){AROUND}\Z)"
SECRET = re.compile(rf"whsec_[A-Za-z0-9+/]{{32,86}}={{0,2}}|(?!{NONE}).+", re.DOTALL)
SIGNED = re.compile(rb'(.*),"signature":"(sha256=[0-9a-f]{64})"\}', re.DOTALL)


def verify(secret, body):
    """Whether these bytes hold the signature of the rest of them, as the payload `plain` does."""
    parts = SIGNED.fullmatch(body)
    if not parts or not SECRET.fullmatch(secret):
        return False
    expected = "sha256=" + hmac.new(secret.encode(), parts[1] + b"}", hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), parts[2])
