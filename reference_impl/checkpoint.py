"""Files that hold the whole state of a training: written whole or not at all, checked when read."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 2
"""One higher each time that older files can no longer be read."""


def write_checkpoint(path: str | Path, state: dict[str, Any]) -> None:
    """Store nested dicts of arrays, numbers, texts and lists of these, as one .npz file.

    A file of that name is replaced at the end, in one move: an interruption leaves the old one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    text = json.dumps({"format": FORMAT, "state": _take_arrays(state, arrays)})
    # Not by tempfile, whose files only their owner may read.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            np.savez(file, allow_pickle=False, json=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """What `write_checkpoint` was given.

    Raises
    ------
    FileNotFoundError : no such file
    ValueError : not a checkpoint, or a damaged one
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            whole = json.loads(str(file["json"]))
            if whole["format"] != FORMAT:
                raise ValueError(f"its format is {whole['format']}, not {FORMAT}")
            state: dict[str, Any] = _put_arrays(whole["state"], file)
            return state
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no checkpoint {path}; save one there first") from None
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{path} is not a checkpoint, or a damaged one ({error}); use an earlier one"
        ) from error


def _take_arrays(value: Any, arrays: dict[str, Any]) -> Any:
    """`value` with each array moved to `arrays`, and {"array": its key there} in its place.

    A dict that looks like this itself becomes {"array": {"dict": …}}.
    """
    if isinstance(value, dict):
        taken = {key: _take_arrays(item, arrays) for key, item in value.items()}
        return {"array": {"dict": taken["array"]}} if taken.keys() == {"array"} else taken
    if isinstance(value, list | tuple):
        return [_take_arrays(item, arrays) for item in value]
    if isinstance(value, np.ndarray):
        key = f"array_{len(arrays)}"
        arrays[key] = value
        return {"array": key}
    return value.item() if isinstance(value, np.generic) else value


def _put_arrays(value: Any, arrays: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"array"}:
            key = value["array"]
            if isinstance(key, dict):
                return {"array": _put_arrays(key["dict"], arrays)}
            return arrays[key]
        return {key: _put_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_arrays(item, arrays) for item in value]
    return value
