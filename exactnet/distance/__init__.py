"""How far two networks are apart on a domain, whether they say the same class or sign, and the coarsest rounding that keeps that.

* :mod:`.enclosures`: the values on many inputs between integers, fast and with a proven error;
* :mod:`.differences`: the largest difference and where it is attained, the inputs that change class or sign, exactly;
* :mod:`.quantise`: weights rounded to multiples of a step, checked on every input.
"""
