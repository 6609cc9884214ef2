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


def enqueue(id, event):
    """Keeps what must not be lost, in a table or a queue of yours, for which a file stands here. Who reads it does the work."""
    # It begins with a line's end, so that half a line, which a full disk leaves, spoils no other one.
    line = b"\n" + json.dumps({"id": id, "event": event}).encode() + b"\n"
    with open("webhooks.jsonl", "ab", buffering=len(line)) as file:
        file.write(line)
        file.flush()  # all of it, or it raises
        os.fsync(file.fileno())


@app.post("/webhooks")
def webhook():
    # Before anything touches request.form or request.json: reading a form leaves no bytes to verify.
    body = request.get_data()
    if len(body) > LIMIT:
        return "", 413
    if not verify(os.environ["WEBHOOK_SECRET"], request.headers, body):
        return "", 401
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return "the body is no JSON", 400
    # First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that. What is
    # raised here is answered 500, and the message comes again.
    enqueue(request.headers.get("webhook-id"), event)
    return "", 204
