"""The cache: from the key of a step to the digests of its products."""

from __future__ import annotations

from fabrica.storage import Corrupted, NotFound

from fabrica.pipelines._manifests import SCHEMA, timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fabrica.storage import Store

_TRIES = 100


def find(store: Store, key: str) -> dict[str, Any] | None:
    """The entry of a key whose products are all there, or None."""
    for number in range(_TRIES):
        try:
            entry = store.read(_name(key, number))
        except NotFound:
            return None
        except Corrupted:
            continue  # it is never used; the step is made again and recorded beside it
        if _is_whole(store, entry):
            return entry
    return None


def publish(
    store: Store, key: str, products: Mapping[str, Any], made: Mapping[str, Any]
) -> dict[str, Any]:
    """Offer products under a key; returns the entry that counts.

    Who comes second adopts the first one's digests, so that everybody goes on with equal bytes.
    An entry whose blobs are gone (somebody deleted a corrupted one) is followed by another.
    """
    entry = {"schema": SCHEMA, "key": key, "products": products, "made": timestamp(), **made}
    for number in range(_TRIES):
        if store.create(_name(key, number), entry):
            return entry
        try:
            winner = store.read(_name(key, number))
        except Corrupted:
            continue
        if _is_whole(store, winner):
            return winner
    return entry


def _is_whole(store: Store, entry: Mapping[str, Any]) -> bool:
    return all(store.has(product["digest"]) for product in entry["products"].values())


def _name(key: str, number: int) -> str:
    return f"cache/{key}.json" if number == 0 else f"cache/{key}.{number}.json"
