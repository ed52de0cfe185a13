"""What one statement asks besides what the kernel checks. Trusted; imports the kernel only."""
