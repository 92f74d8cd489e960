"""The rules of OWL 2 RL, one file for each table of the specification, one function a rule.

Each function takes the graph of the axioms and yields the clauses that the rule comes to.
Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
"""
