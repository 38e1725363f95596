"""What the shop sells: each place has a catalogue of its own, as it would have a database of its own."""

import json
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """`price` is in cents; None means that the customer has to ask for it."""

    name: str
    price: int | None


def load_catalogue(place: str) -> list[Product]:
    """The products of `staging` or `production`."""
    content = pkgutil.get_data("shop", f"catalogues/{place}.json")
    if content is None:
        raise FileNotFoundError(place)
    return [Product(**entry) for entry in json.loads(content)]
