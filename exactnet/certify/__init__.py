"""From a network to a certificate: what to build is decided here, the verdict is the kernel's."""
