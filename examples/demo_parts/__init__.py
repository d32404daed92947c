"""The parts of examples/demo.py: pods as their controllers make them, the webhook, JSON Patch, and the report."""
