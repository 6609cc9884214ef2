import json
import os

from fastapi import BackgroundTasks, FastAPI, Request, Response

from verify import verify

app = FastAPI()
LIMIT = 1 << 20
NAMES = ["webhook-id", "webhook-timestamp", "webhook-signature"]


async def read(request: Request) -> bytes | None:
    """The bytes as they came, if they are not too many: request.body() takes whatever a stranger sends."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            return None
    return bytes(body)


def handle(id: str | None, event: dict) -> None:
    print(id, event)


@app.post("/webhooks")
async def webhook(request: Request, tasks: BackgroundTasks) -> Response:
    body = await read(request)
    if body is None:
        return Response(status_code=413)
    # A header that is there twice becomes one that fits nothing; request.headers would name the first.
    # Only those that are needed: to look each of a stranger's thousands of headers up among all of them takes seconds.
    headers = {name: ", ".join(values) for name in NAMES if (values := request.headers.getlist(name))}
    if not verify(os.environ["WEBHOOK_SECRET"], headers, body):
        return Response(status_code=401)
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return Response("the body is no JSON", status_code=400)
    # After the answer: the sender waits for that, and tries again when it has waited too long.
    tasks.add_task(handle, request.headers.get("webhook-id"), event)
    return Response(status_code=204)
