"""What lives in the student's kernel: checks and the words for errors."""
