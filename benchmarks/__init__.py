"""Benchmarks: what each step costs, each beside its own floor measured in the same run."""
