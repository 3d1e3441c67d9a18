"""How fast a class is graded: stock `nbgrader autograde` against `autograder grade`."""
