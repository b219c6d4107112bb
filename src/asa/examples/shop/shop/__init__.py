"""A small shop: customers, products, orders and what is said of them."""
