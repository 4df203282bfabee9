"""The sample organisation: a made-up Kenyan NGO, seeded, dated relative to today, and the truth about it."""
