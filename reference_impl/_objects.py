"""What layers, outputs, optimizers and networks have in common as objects: a text, and a holder."""

from __future__ import annotations

import inspect
import weakref
from typing import Any

import numpy as np


class Written:
    """Shows itself as it was written, without arguments that have their default: Dense(32), ReLU().

    The constructor's arguments are attributes of the same names.
    """

    def __repr__(self) -> str:
        return self.written()

    def written(self, but: str = "") -> str:
        """The text, without the argument of the name `but`."""
        given = []
        for parameter in inspect.signature(type(self)).parameters.values():
            if parameter.name == but:
                continue
            value = plain(getattr(self, parameter.name))
            if parameter.default is parameter.empty:
                given.append(repr(value))
            elif value != parameter.default:
                given.append(f"{parameter.name}={value!r}")
        return f"{type(self).__name__}({', '.join(given)})"


def plain(value: Any) -> Any:
    """A number of NumPy as one of Python, also in a tuple: 3 and not np.int64(3)."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return value.item() if isinstance(value, np.generic) else value


def make_plain(part: object) -> None:
    """Its settings as numbers of Python: one np.float64 would make all float32 work float64."""
    for name, value in list(vars(part).items()):
        if isinstance(value, np.generic):
            setattr(part, name, value.item())


_holders: weakref.WeakKeyDictionary[Any, weakref.ref[Any]] = weakref.WeakKeyDictionary()
"""Of each layer the network, and of each optimizer and callback the trainer, that works with it.
They have no attribute for it: a weak reference can be neither copied nor pickled."""


def refuse_held(name: str, part: object, holder: object) -> None:
    """Raise ValueError if another living object works with this layer, optimizer or callback.

    Both would write into it: what one learns, the other would predict with.
    """
    other = _holders.get(part, lambda: None)()
    if other is not None and other is not holder:
        raise ValueError(
            f"{name}, {part!r}, belongs to another {type(other).__name__} already; "
            f"make a new {type(part).__name__} for each"
        )


def hold(part: object, holder: object) -> None:
    """From now on `holder` works with this part, unless another one still does."""
    if _holders.get(part, lambda: None)() is None:
        _holders[part] = weakref.ref(holder)
