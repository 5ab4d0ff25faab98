"""`rarebit serve`: a stored model as a web service."""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Annotated

import typer

from rarebit.cli.options import ModelFolder, Trust
from rarebit.cli.output import make_console, print_remarks
from rarebit.exceptions import InputError


def serve_command(
    model: ModelFolder,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = 8000,
    trust: Trust = None,
) -> None:
    """Serve labels, probabilities and reasons over HTTP, on this machine only.

    POST a JSON list of rows to /predict, or to /predict?explain=true for reasons (at least 10
    rows); GET /schema lists the columns. Ctrl-C ends the service.
    """
    from rarebit._common.optional import import_extra
    from rarebit.export import make_app
    from rarebit.persistence import load

    uvicorn = import_extra("uvicorn")
    app = make_app(load(model, trusted=trust or ()))
    console = make_console(stderr=True)
    with _listen(host, port) as listening:
        address, port, *_ = listening.getsockname()
        if not ip_address(address).is_loopback:
            print_remarks(
                console,
                "warning",
                ["Other machines can reach this service, which asks for no password."],
            )
        shown = f"[{address}]" if ":" in address else address
        console.print(f"{model} is served on http://{shown}:{port}; Ctrl-C ends it.")
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Open a port before the server starts, so that a refusal is one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        why, *_ = str(error.strerror).split(" (")  # Python adds the address in parentheses
        raise InputError(
            f"Port {port} of {host} cannot be opened: {why}. Give another --port, or an "
            "address of this machine as --host."
        ) from None
    # Connections inherit it; otherwise an answer waits for 40 ms between its head and its body.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
