# Asks the example about every request on standard input; see ../it/examples.rs for the form.
import base64 as base64_
import inspect
import sys

# Without a time of its own it takes the clock's; a time that no clock shows is refused, too.
if "now" in inspect.signature(verify).parameters:
    headers = {"webhook-id": "a", "webhook-timestamp": "9" * 400, "webhook-signature": "v1,"}
    assert not verify("whsec_AAAA", headers, b"")

for line in sys.stdin:
    secret, now, body, *headers = map(base64_.b64decode, line.rstrip("\n").split("\t"))
    headers = dict(header.decode().split(":", 1) for header in headers)
    time_ = {"now": int(now)} if "now" in inspect.signature(verify).parameters else {}
    print("ok" if verify(secret.decode(), headers, body, **time_) else "refused")
