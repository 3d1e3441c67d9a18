"""What runs in the sandbox. It is mounted there file by file, and imports no other code of ours."""

ANSWER_BYTES = 32 * 2**20  # for all answers and questions of one check
