"""What is signed of a history, and how an exported one is checked."""
