"""How fast congich is: one file a figure; `python -m tests.bench` measures them all."""
