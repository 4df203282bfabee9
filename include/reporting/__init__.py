"""What the project says to people: messages, CSV logs, and the outbox that messages wait in."""
