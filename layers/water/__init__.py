"""Water: gauges, the level that counts, and what stands under it."""
