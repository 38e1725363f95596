"""Setting Sentinel up: in a repository, in an AI client, on a machine."""
