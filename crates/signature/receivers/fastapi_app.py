import json
import os
import re

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from verify import verify

if not re.fullmatch("whsec_[A-Za-z0-9+/]{32,}={0,2}", os.environ.get("WEBHOOK_SECRET", "")):
    raise SystemExit("WEBHOOK_SECRET must be whsec_ and base64 of 24 bytes or more, with nothing around it")

app = FastAPI()
LIMIT = 1 << 20


async def read(request: Request) -> bytes | None:
    """The bytes as they came, if they are not too many: request.body() takes whatever a stranger sends."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            return None
    return bytes(body)


def enqueue(id: str | None, body: str) -> None:
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
async def webhook(request: Request) -> Response:
    body = await read(request)
    if body is None:
        return Response(status_code=413)
    # A header that is there twice becomes one that fits nothing; request.headers would name the first. One way through all of
    # them: to look each of a stranger's thousands up among the others takes seconds.
    lines: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        lines.setdefault(name, []).append(value)
    headers = {name: ", ".join(values) for name, values in lines.items()}
    if not verify(os.environ["WEBHOOK_SECRET"], headers, body):
        return Response(status_code=401)
    text = json_text(body)
    if text is None:
        return Response("the body is no JSON", status_code=400)
    # First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that. What is
    # raised here is answered 500, and the message comes again. The text is kept as it came, since a number that was parsed may be
    # another one by then.
    await run_in_threadpool(enqueue, headers.get("webhook-id"), text)
    return Response(status_code=204)
