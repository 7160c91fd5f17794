"""Drills: a whole service under kill -9, frozen processes, lost brokers and a faulty provider.

`python -m benchmarks.drill` runs one; docs/drills.md says what it shows.
"""
