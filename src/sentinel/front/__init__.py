"""Front ends translate between people or agents and the engine; they decide nothing."""
