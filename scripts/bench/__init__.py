"""Benchmarks: our roads beside named peers, in interleaved rounds; ratios count, seconds are noise."""
