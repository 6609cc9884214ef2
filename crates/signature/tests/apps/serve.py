"""Serves an example for ../it/apps.rs: `python serve.py FOLDER FILE`. Writes the port that it listens on."""

import asyncio
import importlib
import socket
import sys

folder, file = sys.argv[1:]
sys.path.insert(0, folder)
app = importlib.import_module(file.removesuffix(".py")).app

listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
if type(app).__name__ == "Flask":
    from werkzeug.serving import make_server

    make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno()).serve_forever()
else:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    asyncio.run(server.serve(sockets=[listener]))
