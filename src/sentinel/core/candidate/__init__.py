"""What makes a release candidate: the gates, the changelog, and the version that follows from them."""
