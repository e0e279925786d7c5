"""How many pieces of each product the next weeks will take, and how sure that is.

purchases → whole weeks → ways to expect, tried on weeks held out → the best one → pieces a week, with intervals
"""
