"""Values that every other part of the core uses."""
