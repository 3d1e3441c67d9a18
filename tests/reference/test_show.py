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


def test_what_the_captions_say_is_part_of_the_picture(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda bundle, raw: shown.append(bundle))
    monkeypatch.setattr(plots, "captions", [lambda: "", lambda: "Lent: f.", lambda: "Lent: f."])
    plots.show(plots.curves({"loss": [3.0, 2.0]}), "It falls.")
    [bundle] = shown
    assert bundle["text/plain"] == "It falls. Lent: f."
    assert 'alt="It falls. Lent: f."' in bundle["text/html"]
    assert bundle["text/html"].endswith("<em>Lent: f.</em></p>")


def test_without_captions_nothing_stands_below_a_picture():
    assert plots.captions == []
    assert plots.caption() == ""
