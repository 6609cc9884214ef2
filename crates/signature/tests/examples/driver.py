# Asks the example about every request on standard input; see ../it/examples.rs for the form.
import base64 as base64_
import inspect
import sys

# Without a time of its own it takes the clock's; a time that no clock shows is refused, too.
if "now" in inspect.signature(verify).parameters:
    headers = {"webhook-id": "a", "webhook-timestamp": "9" * 400, "webhook-signature": "v1,"}
    assert not verify("whsec_AAAA", headers, b"")


class Several(dict):
    """Headers as aiohttp hands them out: `[]` is the first of several."""

    def __getitem__(self, name):
        return self.getall(name)[0]

    def getall(self, name):
        return super().__getitem__(name)


def try_frameworks_headers(secret, headers, body, time_, expected):
    """What frameworks make of headers that are there twice, and of bytes that are no UTF-8: all of it is refused."""
    undecodable = [{name: "\udcff" for name in headers}]
    for name in [name for name in headers if name.startswith("webhook-")]:
        undecodable.append(headers | {name: "\udcff"})
        once = {name: [value] for name, value in headers.items()}
        assert verify(secret, Several(once), body, **time_) == expected
        for values in [[headers[name], headers[name]], [headers[name], "other"]]:
            assert not verify(secret, Several(once | {name: values}), body, **time_), name
    for headers in undecodable:
        assert not verify(secret, headers, body, **time_), headers


for line in sys.stdin:
    secret, now, body, *headers = map(base64_.b64decode, line.rstrip("\n").split("\t"))
    headers = dict(header.decode().split(":", 1) for header in headers)
    time_ = {"now": int(now)} if "now" in inspect.signature(verify).parameters else {}
    accepted = verify(secret.decode(), headers, body, **time_)
    try_frameworks_headers(secret.decode(), headers, body, time_, accepted)
    print("ok" if accepted else "refused")
