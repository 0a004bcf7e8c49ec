"""How good incidents are, and what is odd about them."""
