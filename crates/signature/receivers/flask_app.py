import json
import os

from flask import Flask, request

from verify import verify

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1 << 20  # longer bodies are answered 413


@app.post("/webhooks")
def webhook():
    # Before anything touches request.form or request.json: reading a form leaves no bytes to verify.
    body = request.get_data()
    if not verify(os.environ["WEBHOOK_SECRET"], request.headers, body):
        return "", 401
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return "the body is no JSON", 400
    # Hand it to a queue here and answer at once: the sender waits, and tries again when it has waited too long.
    app.logger.info("%s %s", request.headers.get("webhook-id"), event)
    return "", 204
