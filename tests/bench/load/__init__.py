"""The parts of the load test: what is measured, on what, and how it is shown."""
