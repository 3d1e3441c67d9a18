"""A figure shown in a notebook has a text for those who cannot see it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from reference_impl import plots


def test_a_figure_is_shown_once_with_its_text_and_closed(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda bundle, raw: shown.append(bundle))
    before = plt.get_fignums()
    figure = plots.curves({"loss": [3.0, 2.0, 1.0]}, "Loss")
    plots.show(figure, 'It falls, from 3 to 1 & is "done" <soon>.')
    (bundle,) = shown
    assert bundle["text/plain"] == 'It falls, from 3 to 1 & is "done" <soon>.'
    html = bundle["text/html"]
    assert 'alt="It falls, from 3 to 1 &amp; is &quot;done&quot; &lt;soon&gt;."' in html
    assert 'src="data:image/png;base64,iVBOR' in html
    assert plt.get_fignums() == before


def test_a_figure_without_a_text_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        plots.show(plt.figure(), " ")
