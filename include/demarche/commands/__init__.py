"""What the words of `demarche` do, by subject. Each takes settings and plain values and returns an exit status."""
