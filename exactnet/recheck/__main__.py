"""``python -m exactnet.recheck CERTIFICATE``, or ``python DIRECTORY CERTIFICATE`` with this directory or a copy of it.

To believe: that the directory this file lies in is the one that is run.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

if __package__:
    from . import main
else:
    folder = Path(__file__).resolve().parent
    sys.path.insert(0, str(folder.parent))
    main = import_module(folder.name).main

if __name__ == "__main__":
    sys.exit(main())
