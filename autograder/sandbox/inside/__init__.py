"""What runs in the sandbox. It is mounted there file by file, and imports nothing else of ours."""

ANSWER_BYTES = 32 * 2**20  # of all answers and questions of one check
