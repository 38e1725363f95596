"""The pure core: it decides from values it is given and touches nothing."""
