"""A small shop: one page that features a product of its catalogue, a new one with every visit."""
