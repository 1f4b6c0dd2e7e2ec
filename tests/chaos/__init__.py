"""What may go wrong, made to go wrong: the bars of reliability, short in every run, full by `make chaos`."""
