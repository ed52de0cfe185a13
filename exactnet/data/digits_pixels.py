"""Writes the table that ships as ``digits-pixels.csv``: ``python -m exactnet.data.digits_pixels OUT`` (needs scikit-learn).

scikit-learn's digits as they are: 1797 pictures of 8x8 pixels, whole numbers from 0 to 16, row by row, and the digit.

References
----------
E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998 (CC BY 4.0).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["table"]


def table() -> str:
    """The table as CSV."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    names = [f"p{row}{column}" for row in range(1, 9) for column in range(1, 9)]
    rows = [[*(str(int(pixel)) for pixel in picture), str(label)] for picture, label in zip(pixels, labels, strict=True)]
    return "".join(",".join(row) + "\n" for row in [[*names, "digit"], *rows])


def main(arguments: Sequence[str]) -> int:
    """Write the table to the file named by the only argument; the exit status."""
    from exactnet.files.atomic import write_atomic
    from exactnet.kernel.errors import ExactnetError

    if len(arguments) != 2:
        print("usage: python -m exactnet.data.digits_pixels OUT", file=sys.stderr)
        return 2
    try:
        write_atomic(arguments[1], table().encode())
    except ImportError:
        print("the table needs scikit-learn: pip install 'exactnet[train]'", file=sys.stderr)
        return 2
    except ExactnetError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
