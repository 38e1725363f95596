#!/bin/sh
# The quick part of the end-to-end tests, against the service at $SENTINEL_URL.
exec "${PYTHON:-python3}" -m unittest -v tests.smoke
