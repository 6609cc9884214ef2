import json
import os
import re

from flask import Flask, request

from verify import verify

if not re.fullmatch("whsec_[A-Za-z0-9+/]{32,}={0,2}", os.environ.get("WEBHOOK_SECRET", "")):
    raise SystemExit("WEBHOOK_SECRET must be whsec_ and base64 of 24 bytes or more, with nothing around it")

LIMIT = 1 << 20
app = Flask(__name__)
# Longer bodies are answered 413. One byte more, since a body that announces no length is cut off here without a word.
app.config["MAX_CONTENT_LENGTH"] = LIMIT + 1


def enqueue(id, body):
    """Keeps what must not be lost, in a table or a queue of yours, for which a file stands here. Who reads it does the work."""
    # It begins with a line's end, so that half a line, which a full disk leaves, spoils no other one.
    line = b"\n" + json.dumps({"id": id, "body": body}).encode() + b"\n"
    with open("webhooks.jsonl", "ab", buffering=0) as file:
        # In one piece, or another request's line comes in between.
        if file.write(line) < len(line):
            raise OSError("the disk is full")
        os.fsync(file.fileno())


def json_text(body: bytes) -> str | None:
    """The text, if it is JSON. Its numbers are not looked at: Python takes NaN for one, and none of thousands of digits."""

    def refuse(constant):
        raise ValueError(constant)

    try:
        text = body.decode()
        json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return text


@app.post("/webhooks")
def webhook():
    # Before anything touches request.form or request.json: reading a form leaves no bytes to verify.
    body = request.get_data()
    if len(body) > LIMIT:
        return "", 413
    if not verify(os.environ["WEBHOOK_SECRET"], request.headers, body):
        return "", 401
    text = json_text(body)
    if text is None:
        return "the body is no JSON", 400
    # First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that. What is
    # raised here is answered 500, and the message comes again. The text is kept as it came, since a number that was parsed may be
    # another one by then.
    enqueue(request.headers.get("webhook-id"), text)
    return "", 204
