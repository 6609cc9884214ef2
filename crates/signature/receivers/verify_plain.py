import hashlib
import hmac
import re

# No white space or quotes alone, no word for a missing one, no public or damaged key; and what begins with whsec_ is whole.
AROUND = r"[\s\"'`\u200b\u2060\ufeff]*"
NONE = rf"{AROUND}(?:\Z|whsec_|whsk_|whpk_|(?:null|NULL|undefined|None|nil){AROUND}\Z)"
SECRET = re.compile(rf"whsec_[A-Za-z0-9+/]{{32,86}}={{0,2}}|(?!{NONE}).+", re.DOTALL)


def verify(secret, headers, body, name="x-webhook-signature"):
    """Whether these bytes are signed with this secret, in `plain`; in `hub` the name is `x-hub-signature-256`."""
    if not SECRET.fullmatch(secret):
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = ",".join(headers.get(header, "") for header in (name, name + "-previous"))
    return any(hmac.compare_digest(expected.encode(), tag.strip().encode(errors="replace")) for tag in given.split(","))
