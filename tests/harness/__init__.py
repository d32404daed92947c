"""Starts the real parts that the cluster tests run against, on loopback addresses, and ends them again."""
