"""`sentinel guard`: keeps agents from deploying past Sentinel, before each command and each push."""
