"""End-to-end tests against the service at SENTINEL_URL, whichever that is."""

import os
import unittest
from urllib.request import urlopen

URL = os.environ["SENTINEL_URL"]


class Smoke(unittest.TestCase):
    def test_visitors_see_a_product_and_its_price(self) -> None:
        for _ in range(10):
            with urlopen(f"{URL}/", timeout=5) as reply:
                page = reply.read().decode()
            self.assertRegex(page, "<h1>.+</h1><p>.+</p>")

    def test_the_service_says_which_version_it_is(self) -> None:
        with urlopen(f"{URL}/version", timeout=5) as reply:
            self.assertIn(os.environ["SENTINEL_COMMIT"], reply.read().decode())
