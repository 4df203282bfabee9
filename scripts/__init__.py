"""The commands behind the Makefile, each thin."""
