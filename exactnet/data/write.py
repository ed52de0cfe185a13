"""What the training scripts do with their result: check the command line, train, write one file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from exactnet.files.networks import write_network
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network

__all__ = ["write_trained"]


def write_trained(arguments: Sequence[str], train: Callable[[], tuple[Network, Domain]]) -> int:
    """Train and write the network to the file named by the only argument; the exit status."""
    if len(arguments) != 2:
        print("usage: python -m exactnet.data.train_NAME OUT", file=sys.stderr)
        return 2
    try:
        net, domain = train()
        write_network(arguments[1], net, domain)
    except ImportError:
        print("training needs scikit-learn: pip install 'exactnet[train]'", file=sys.stderr)
        return 2
    except ExactnetError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
