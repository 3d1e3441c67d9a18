"""The reference implementation: every formula of the course, in plain NumPy.

A module holds one idea (`ewma`, `schedules`, `optimizers`, …). Import from the module:
`from reference_impl.ewma import ewma`; layers all come from one place, `reference_impl.layers`.
README.md beside this file says what to read after which notebook.
"""
