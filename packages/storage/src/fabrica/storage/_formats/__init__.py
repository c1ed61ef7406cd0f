"""A module per format: ``save(store, value) -> (digest, rows)`` and ``load(path, type)``."""
