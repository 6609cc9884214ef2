import hashlib
import hmac
import re

# No white space or quotes alone, no word, mask or template for a missing one, no public or damaged key; whsec_ is whole.
AROUND = r"[\s\"'`\u200b\u2060\ufeff]*"
STANDS_IN = (
    r"null|Null|NULL|undefined|[Nn]one|nil|NaN|[Tt]rue|[Ff]alse|\(null\)|[*.xX\u2022\u2026]{3,}|[$#]\{.*\}#?|\{[{%].*[}%]\}|<%.*%>"
    r"|\$\(.*\)|%\(.*\)s|\$(?:env:.*|[A-Z_][A-Z0-9_]*|(?=[a-z0-9]*_)[a-z_][a-z0-9_]*)|__[A-Z][A-Z0-9_]*__"
    r"|(?:[<%@]|\[\[?|\(\() *[A-Za-z_][A-Za-z0-9_ .-]*(?:[>%@]|\]\]?|\)\))|\{ *[A-Za-z_][A-Za-z_ .-]*\}"
)
NONE = rf"{AROUND}(?:\Z|whsec_|whsk_|whpk_|(?:{STANDS_IN}){AROUND}\Z)"
SECRET = re.compile(rf"whsec_[A-Za-z0-9+/]{{32,86}}={{0,2}}|(?!{NONE}).+", re.DOTALL)


def verify(secret, headers, body, name="x-webhook-signature"):
    """Whether these bytes are signed with this secret, in `plain`; in `hub` the name is `x-hub-signature-256`."""
    if not SECRET.fullmatch(secret):
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = ",".join(headers.get(header, "") for header in (name, name + "-previous"))
    return any(hmac.compare_digest(expected.encode(), tag.strip().encode(errors="replace")) for tag in given.split(","))
