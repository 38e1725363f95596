"""What production answers after a deployment, and what follows from it."""
