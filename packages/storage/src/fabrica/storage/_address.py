"""Addresses of stores: from a URL, the environment or the workspace to the files."""

from __future__ import annotations

import os

from ._errors import BadAddress
from ._local import LocalFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._files import Files

VARIABLE = "FABRICA_STORE"
_WORKSPACE = ("nx.json", "pyproject.toml")


def open_files(url: str | None) -> tuple[str, Files]:
    """Return the full address of a store, and its files.

    Args:
        url: an address or a path; None: the environment's, else the workspace's.

    Raises:
        BadAddress: the address makes no sense, or needs a library that isn't installed.
    """
    address = url or os.environ.get(VARIABLE) or default_path(os.getcwd())
    scheme, separator, _ = address.partition("://")
    if separator and scheme != "file":
        from ._remote import RemoteFiles

        address = address.rstrip("/")
        return address, RemoteFiles(address)
    root = os.path.abspath(_local_path(address) if separator else os.path.expanduser(address))
    return local_url(root), LocalFiles(root)


def default_path(here: str) -> str:
    """Return where the store of a folder's workspace is.

    Example:
        >>> default_path("/")
        '/.fabrica/store'
    """
    for marker in _WORKSPACE:
        folder = here
        while True:
            if os.path.exists(os.path.join(folder, marker)):
                return os.path.join(folder, ".fabrica", "store")
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
    return os.path.join(here, ".fabrica", "store")


def local_url(path: str) -> str:
    """Return the address of a folder.

    Example:
        >>> local_url("/data/my store")
        'file:///data/my%20store'
    """
    if path.isascii() and path.replace("/", "").replace("-", "").replace("_", "").isalnum():
        return f"file://{path}"  # the module below costs a millisecond to import
    from urllib.parse import quote

    return f"file://{quote(os.fsencode(path))}"


def _local_path(url: str) -> str:
    path = url.removeprefix("file://").removeprefix("localhost")
    if not path.startswith("/"):
        raise BadAddress(
            f"{url} is not a store's address: it has no absolute path",
            f"write file:///{path}, with three slashes",
        )
    if "%" not in path:
        return path
    from urllib.parse import unquote_to_bytes

    return os.fsdecode(unquote_to_bytes(path))
