"""The moving average that every optimizer remembers with."""

NOTEBOOK = "01_ewma"
