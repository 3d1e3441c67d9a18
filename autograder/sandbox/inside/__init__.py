"""What runs in the sandbox. It is mounted there file by file, and imports nothing else of ours."""
