"""What tells people that something failed."""
