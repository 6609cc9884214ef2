import hashlib
import hmac
import re

# Not empty or white space, no public or damaged key, and what begins with whsec_ is whole.
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!whsec_|whsk_|whpk_)\s*\S.*", re.DOTALL)


def verify(secret, headers, body, name="x-webhook-signature"):
    """Whether these bytes are signed with this secret, in `plain`; in `hub` the name is `x-hub-signature-256`."""
    if not SECRET.fullmatch(secret):
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = ",".join(headers.get(header, "") for header in (name, name + "-previous"))
    return any(hmac.compare_digest(expected.encode(), tag.strip().encode(errors="replace")) for tag in given.split(","))
