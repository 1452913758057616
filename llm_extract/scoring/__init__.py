"""How good is it: labels and extractions become scores, with how sure they are.

Imports no code that asks a model.
"""
