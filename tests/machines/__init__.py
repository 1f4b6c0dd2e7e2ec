"""State machines: Hypothesis finds what people could do, in any order, at any moment."""
