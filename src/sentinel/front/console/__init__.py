"""The console: pages for people, served by the daemon. What is here beside `server` is loaded by the first browser."""
