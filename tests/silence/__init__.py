"""Try every way in with what makes naive software connect or read a file, and watch the kernel."""
