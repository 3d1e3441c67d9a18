"""How a kernel is reached when others start beside it.

The ports of a kernel are chosen, and let go again, some seconds before it takes them. Another
process that starts a kernel in these seconds may be given one of them; then one of the two dies
with "Address already in use" before it has run a cell. The socket files of a kernel are its own.
"""

from __future__ import annotations

import os
import tempfile
import uuid

from traitlets.config import Config


def own_sockets() -> dict[str, str]:
    """Settings of a ``KernelManager`` whose kernel shares no address with another one."""
    if os.name == "nt":
        return {}  # ZeroMQ has no socket files there
    # not in Jupyter's folder, whose path may be longer than a socket's may be
    file = os.path.join(tempfile.gettempdir(), f"kernel-{uuid.uuid4().hex}.json")
    return {"transport": "ipc", "connection_file": file}


def with_own_sockets() -> Config:
    """The same for a program that makes its manager from a configuration, such as nbclient."""
    return Config(KernelManager=own_sockets())
