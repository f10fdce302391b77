"""How fast is it beside others?  One script for each module, run by hand: ``python -m tests.bench.spectrum``."""
