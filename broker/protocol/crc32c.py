"""CRC32C (Castagnoli), the checksum of record batches and snapshots, in hardware where there is any.

The `crc32c` package asks `importlib.metadata` for its own version when it is imported, which
takes longer than everything else a broker imports. Its extension module needs none of that, so
it is loaded by itself; a package of another shape is imported as it stands.
"""

from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Checksum(Protocol):
    """A CRC32C over any contiguous buffer, which may go on from the `value` of what came before."""

    def __call__(self, data: "Buffer", value: int = 0, /) -> int: ...


def load_extension(package: str, extension: str) -> ModuleType | None:
    """The extension module inside a package, without importing the package; None if it is not there."""
    outer = PathFinder.find_spec(package)
    if outer is None or not outer.submodule_search_locations:
        return None
    inner = PathFinder.find_spec(f"{package}.{extension}", list(outer.submodule_search_locations))
    if inner is None or inner.loader is None:
        return None
    module = inner.loader.create_module(inner)
    if module is None:  # not an extension after all
        return None
    inner.loader.exec_module(module)
    return module


def find_checksum(package: str = "crc32c", extension: str = "_crc32c") -> Checksum:
    """The checksum function, from the extension if it is where it is expected."""
    module = load_extension(package, extension)
    function = getattr(module, "crc32c", None)
    if function is None:
        from crc32c import crc32c as function
    return cast(Checksum, function)


crc32c = find_checksum()
