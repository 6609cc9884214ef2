"""Asks the FastAPI example for ../it/apps.rs: `python headers.py FOLDER`. Writes how often it goes through a request's headers."""

import asyncio
import sys

sys.path.insert(0, sys.argv[1])
from fastapi_app import webhook
from starlette.datastructures import Headers


class Counted(list):
    """The lines of a request's headers; counts those who go through them."""

    times = 0

    def __iter__(self):
        Counted.times += 1
        return super().__iter__()


class Request:
    headers = Headers(raw=Counted((f"x-{n}".encode(), b"1") for n in range(100)))

    async def stream(self):
        yield b"{}"


answer = asyncio.run(webhook(Request()))
assert answer.status_code == 401, answer.status_code
print(Counted.times)
