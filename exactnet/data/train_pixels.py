"""Trains the circuit that ships as ``pixels.json``: ``python -m exactnet.data.train_pixels OUT`` (needs scikit-learn).

As :mod:`exactnet.data.train_digits`, with all 64 pixels as inputs: the network is 64-32-10. Its 2^64 inputs cannot be
enumerated.
"""

from __future__ import annotations

import sys

from exactnet.data.train_digits import PIXELS, train

if __name__ == "__main__":
    from exactnet.data.write import write_trained

    sys.exit(write_trained(sys.argv, lambda: train(PIXELS)))
