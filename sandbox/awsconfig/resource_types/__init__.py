"""The resource types that the emulator records: each file here defines one ``RESOURCE_TYPE``."""

from importlib import import_module
from pkgutil import iter_modules

from sandbox.awsconfig.resource import ResourceType


def installed() -> tuple[ResourceType, ...]:
    """Every resource type in this folder."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return tuple(module.RESOURCE_TYPE for module in modules)
