"""How long each command of the assistant's desk takes for a large class, and how much memory."""
