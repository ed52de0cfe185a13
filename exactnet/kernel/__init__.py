"""The trusted room: what every verdict rests on.

It imports the standard library, gmpy2 and numpy, and nothing of exactnet from outside this room. A wrong line here can make a
wrong "certified"; a wrong line elsewhere cannot.
"""
