"""The rules of OWL 2 RL, one file for each table of the specification, one function a rule."""
