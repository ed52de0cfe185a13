"""Instances by name: families of networks with their domains.

>>> instance = FAMILIES["comparison"].make(n=8)
>>> instance.network, instance.domain
(<Network 16 inputs, 1 nodes, 1 outputs>, Cube(d=16))
>>> from exactnet import families
>>> families.comparison(n=8) == instance
True
>>> FAMILIES["clipped"].make(m=3)
Traceback (most recent call last):
...
exactnet.families.family.FamilyError: family clipped: --m: 3 is odd; the ReLUs come in pairs
"""

from __future__ import annotations

from exactnet.families.addition import ADDITION
from exactnet.families.clipped import CLIPPED
from exactnet.families.comparison import COMPARISON
from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.families.inner_product import INNER_PRODUCT
from exactnet.families.iterated_addition import ITERATED_ADDITION
from exactnet.families.maximum import MAXIMUM
from exactnet.families.multiplication import MULTIPLICATION
from exactnet.families.naor_reingold import NAOR_REINGOLD
from exactnet.families.random_relu import RANDOM
from exactnet.families.scaled import SCALED
from exactnet.families.separation import BALL, DANIELY, SHELLS
from exactnet.families.sorting import SORTING
from exactnet.families.symmetric import MAJORITY, PARITY
from exactnet.families.teeth import TEETH
from exactnet.families.telgarsky import TELGARSKY

__all__ = ["FAMILIES", "Family", "FamilyError", "Instance", "Option"]

#: Every family by its name.
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        CLIPPED,
        RANDOM,
        PARITY,
        MAJORITY,
        COMPARISON,
        INNER_PRODUCT,
        ADDITION,
        ITERATED_ADDITION,
        MULTIPLICATION,
        SORTING,
        NAOR_REINGOLD,
        TELGARSKY,
        BALL,
        SHELLS,
        DANIELY,
        TEETH,
        SCALED,
        MAXIMUM,
    )
}

#: Each family as a function, ``families.comparison(n=8)``, in place of the module of that name.
globals().update({name.replace("-", "_"): family.make for name, family in FAMILIES.items()})
