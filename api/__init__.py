"""The door: a FastAPI service that takes rows and files in and puts them on the road of the files."""
