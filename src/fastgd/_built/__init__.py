"""What `setup.py` compiles, and the stubs it puts beside: nothing here is written by hand."""
