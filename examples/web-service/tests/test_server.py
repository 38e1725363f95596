import threading
import unittest
from urllib.error import HTTPError
from urllib.request import urlopen

from shop.server import Shop


class ServerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.shop = Shop(0, "staging", "1.2.3 c0ffee")
        self.addCleanup(self.shop.server_close)
        threading.Thread(target=self.shop.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.shop.shutdown)

    def get(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.shop.server_port}{path}", timeout=5) as reply:
            return reply.read().decode()

    def test_every_visit_features_the_next_product(self) -> None:
        self.assertIn("Teapot", self.get("/"))
        self.assertIn("Cup", self.get("/"))

    def test_it_says_that_it_is_healthy_and_which_version_it_is(self) -> None:
        self.assertEqual(self.get("/healthz"), "ok\n")
        self.assertEqual(self.get("/version"), "1.2.3 c0ffee\n")

    def test_other_pages_do_not_exist(self) -> None:
        with self.assertRaises(HTTPError) as caught:
            self.get("/admin")
        self.assertEqual(caught.exception.code, 404)
        caught.exception.close()
