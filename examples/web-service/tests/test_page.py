import unittest

from shop.catalogue import Product, load_catalogue
from shop.page import price_tag, render


class PageTest(unittest.TestCase):
    def test_prices_are_shown_in_euros(self) -> None:
        self.assertEqual(price_tag(2490), "24.90 €")

    def test_a_product_without_a_price_is_sold_on_request(self) -> None:
        self.assertEqual(price_tag(None), "Price on request")

    def test_names_are_escaped(self) -> None:
        self.assertIn("Cup &amp; Saucer", render(Product("Cup & Saucer", 990)))

    def test_every_product_of_staging_has_a_page(self) -> None:
        for product in load_catalogue("staging"):
            self.assertIn(product.name, render(product))
