"""The reference implementation: every formula of the course, in plain NumPy.

A module holds one idea (`ewma`, `schedules`, `optimizers`, …). Import from the module:
`from reference_impl.ewma import ewma`. What a training of your own needs comes from three places:

    from reference_impl import Network, Trainer
    from reference_impl.layers import Dense, ReLU
    from reference_impl.optim import Adam

README.md beside this file says what to read after which notebook. The package itself is empty:
see `layers` for the reason.
"""

from importlib import import_module
from typing import Any

_MODULE_OF = {"Network": "network", "Trainer": "training"}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_MODULE_OF]
