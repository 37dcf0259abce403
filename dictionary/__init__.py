"""What the tables of the package are derived from, and how: needed to build it, not to use it."""
