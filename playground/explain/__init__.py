"""The slow, visible version of an operation: its sizes with numbers, and the same call in torch."""
