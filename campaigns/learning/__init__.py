"""The shop teaches how its customers mean what they write: labelled files read, a model learnt, kept and put back."""
