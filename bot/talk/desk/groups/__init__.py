"""A segment in plain words: cut into pieces, read as conditions, and said back; what was not understood is named.

text --cutting--> pieces --reading, naming--> conditions --saying--> the same words from us
"""
