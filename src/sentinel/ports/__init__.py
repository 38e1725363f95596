"""What the engine needs of the world, as interfaces; the adapters fit them."""
