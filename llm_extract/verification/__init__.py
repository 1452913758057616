"""Does the text carry each value, and do the rules of the codebook hold?"""
