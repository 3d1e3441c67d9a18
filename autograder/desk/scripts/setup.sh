#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container's image.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

export DEBIAN_FRONTEND=noninteractive  # nobody is there to answer
apt-get update
apt-get install -y python3 python3-venv
python=python3
if ! "$python" -c "$new_enough"; then
    # An older image has a newer Python beside its own.
    apt-get install -y python3.11 python3.11-venv
    python=python3.11
fi

# The sandbox, bubblewrap, is among the pinned packages.
"$python" -m venv "$here/venv"
"$here/venv/bin/python" -m pip install --require-hashes -r "$here/course/requirements/course.txt"
