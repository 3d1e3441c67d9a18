"""A port for a server that starts in a moment, and may stop and start again."""

from __future__ import annotations

import secrets
import socket

# Whoever asks for any free port gets one from 32768 on (Linux) or from 49152 on, and tests beside
# this one ask often: one of those could be gone before the server takes it.
LOWEST, HIGHEST = 20_000, 30_000


def free_port() -> int:
    """A port that nobody listens on, and that nobody gets who asks for any."""
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
