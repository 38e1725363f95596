"""What agents may call, and what every answer says: all from one project document."""
