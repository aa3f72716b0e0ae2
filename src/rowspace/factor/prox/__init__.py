"""How rows are solved under each kind of constraint; `factor/constrained.py` chooses."""
