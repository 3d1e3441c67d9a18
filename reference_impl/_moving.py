"""The HTML of a moving picture: its first state as an image, and a script that shows the others.

Nothing else is needed to move it: no kernel, no network, no package in the browser. Where scripts
do not run (a notebook that is not trusted, a page of feedback) the image stays, with a sentence.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reference_impl._frames import Frames
from reference_impl.plots import CARD, ON_CARD, caption


@dataclass(frozen=True)
class Control:
    """A slider: its name, in words what it can stand at, and the place of its first value."""

    name: str
    values: Sequence[str]
    first: int

    @property
    def says(self) -> str:
        return f"{self.name} = {self.values[self.first]}"


def moving_html(
    controls: Sequence[Control], frames: Frames, alts: Sequence[str], play: int = 0
) -> str:
    """One element that holds everything.

    Parameters
    ----------
    controls : the last one moves fastest through the frames
    frames : one for each combination of values
    alts : the alternative text of each frame
    play : milliseconds between two frames, for a button that moves the only slider; 0 for none
    """
    first = 0
    for control in controls:
        first = first * len(control.values) + control.first
    data = {
        "controls": [
            {"name": c.name, "values": list(c.values), "first": c.first} for c in controls
        ],
        "images": [
            [x, y, base64.b64encode(image).decode() if image else ""]
            for x, y, image in frames.images
        ],
        "frames": frames.places,
        "alts": list(alts),
        "play": play,
    }
    # Inside a script, "<" could end it.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    still = ", ".join(control.says for control in controls)
    how = "the player" if play else "the slider" if len(controls) == 1 else "the sliders"
    source = f"data:image/png;base64,{base64.b64encode(frames.base).decode()}"
    return (
        f'<div data-moving-picture><div style="{CARD}"><img alt="{escape(alts[first])}" '
        f'width="{frames.width}" style="{ON_CARD}" src="{source}"></div>'
        f'<p data-still style="margin:4px 0">This picture stands still, at {escape(still)}. '
        f"To use {how}, run this cell.</p>{caption()}"
        f"<script>({SCRIPT})({text});</script></div>"
    )


SCRIPT = """
(data) => {
  const root = document.currentScript.parentNode;
  const base = root.querySelector("img");
  const make = (tag, parent, attributes = {}, style = "") => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.style.cssText = style;
    parent.append(element);
    return element;
  };

  const panel = make("div", root, {}, "margin:0 0 6px;" +
    "font:14px var(--jp-ui-font-family, sans-serif);color:var(--jp-ui-font-color1, inherit)");
  root.prepend(panel);
  // JupyterLab would go to another cell.
  const own = /^(Arrow.*|Home|End|Page.*| )$/;
  panel.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (own.test(event.key) && !modified) event.stopPropagation();
  });
  root.querySelector("[data-still]").remove();
  const controls = data.controls.map(({ name, values, first }) => {
    const row = make("div", panel, {}, "display:flex;align-items:center;gap:8px;min-height:28px");
    const button = data.play ? make("button", row, { type: "button" }, "font:inherit;" +
      "min-width:64px;padding:2px 8px") : null;
    make("span", row, { "aria-hidden": "true" }, "min-width:64px").textContent = name;
    const input = make("input", row, {
      type: "range", min: 0, max: values.length - 1, step: 1, "aria-label": name,
    }, "flex:0 1 320px;min-width:80px;margin:0");
    input.value = first;
    const shown = make("output", row, { "aria-hidden": "true" });
    return { input, shown, values, button };
  });

  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  const images = data.images.map(() => null);
  const image = (i) => {
    if (!images[i]) {
      images[i] = new Image();
      images[i].src = "data:image/webp;base64," + data.images[i][2];
    }
    return images[i];
  };
  const frame = () => controls.reduce(
    (place, { input, values }) => place * values.length + input.valueAsNumber, 0);

  const draw = async () => {
    const now = frame();
    for (const { input, shown, values } of controls) {
      shown.textContent = values[input.valueAsNumber];
      input.setAttribute("aria-valuetext", values[input.valueAsNumber]);
    }
    const [x, y, changed] = data.images[data.frames[now]];
    const over = changed ? image(data.frames[now]) : null;
    if (over) await over.decode();
    if (now !== frame()) return;  // the slider has moved on; that picture is on its way
    const context = canvas.getContext("2d");
    context.drawImage(base, 0, 0);
    if (over) context.drawImage(over, x, y);
    canvas.setAttribute("aria-label", data.alts[now]);
    canvas.dataset.frame = now;
  };

  const start = () => {
    canvas.width = base.naturalWidth;
    canvas.height = base.naturalHeight;
    canvas.style.cssText = base.style.cssText + ";height:auto;width:" +
      base.getAttribute("width") + "px";
    base.replaceWith(canvas);
    draw();
  };
  base.decode().then(start);
  controls.forEach(({ input }) => input.addEventListener("input", draw));

  for (const { input, button } of controls.filter((control) => control.button)) {
    const last = Number(input.max);
    let timer = null;
    const say = () => { button.textContent = timer ? "Pause" : "Play"; };
    const pause = () => { clearInterval(timer); timer = null; say(); };
    const tick = () => {
      if (!root.isConnected) return pause();
      input.value = input.valueAsNumber + 1;
      draw();
      if (input.valueAsNumber >= last) pause();
    };
    button.addEventListener("click", () => {
      if (timer) return pause();
      if (input.valueAsNumber >= last) { input.value = 0; draw(); }
      timer = setInterval(tick, data.play);
      say();
    });
    input.addEventListener("input", pause);
    say();
  }
}
""".strip()
