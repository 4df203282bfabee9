"""What the API takes in, without the web: keys, and rows of JSON on their way into the road of the files."""
