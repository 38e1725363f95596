"""The page as a visitor sees it."""

from html import escape

from shop.catalogue import Product


def price_tag(price: int | None) -> str:
    """`12.50 €`, or a request to ask."""
    return "Price on request" if price is None else f"{price / 100:.2f} €"


def render(product: Product) -> str:
    """The whole page, with `product` featured on it."""
    name = escape(product.name)
    return f"<!doctype html><title>Shop</title><h1>{name}</h1><p>{price_tag(product.price)}</p>\n"
