"""Files: networks as JSON (``exactnet-network/1``), circuits as ``.th``, tables of values as JSON or CSV, certificates."""
