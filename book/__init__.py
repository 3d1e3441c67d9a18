"""The book: a static site made from the masters, the guide and the docstrings.

`python -m book` writes the pages' sources into ``build/book-source`` and lets Sphinx build them.
"""
