"""The reference implementation: every formula of the course, in plain NumPy.

A module holds one idea (`ewma`, `schedules`, `optimizers`, …) and imports nothing outside NumPy,
matplotlib and ipywidgets. Import from the module: `from reference_impl.ewma import ewma`.
"""
