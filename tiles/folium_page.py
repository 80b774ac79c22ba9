"""A map that needs no network: wards and density on one HTML page by Folium, Leaflet inside it. Runs as a child process.

Folium brings pandas, 80 MB that no web worker is to carry. The child gets what it draws on its standard input, as text that is
already decided; it knows neither the database nor a secret.
"""

import base64
import hashlib
import html
import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from jinja2 import Template

MOST_BYTES = 2 * 2**30
MOST_SECONDS = 30
BRACES = {ord("{"): "&#123;", ord("}"): "&#125;"}
COLOR = re.compile(r"#[0-9a-f]{6}\Z")
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
IMAGE = re.compile(r"url\((images/[a-z0-9-]+\.png)\)")
LOOK = """
html, body, .folium-map { height: 100%; margin: 0; background: #10161d; font: 14px/1.4 "Be Vietnam Pro", system-ui, sans-serif; }
.paper { position: fixed; z-index: 1000; left: 12px; bottom: 28px; max-width: 22rem; padding: 10px 14px; color: #e6edf3; background: rgba(11, 16, 22, .88); border-radius: 6px; }
.paper h1 { margin: 0 0 2px; font-size: 16px; } .paper p { margin: 2px 0; color: #a9b6c2; } .paper li { display: flex; gap: 8px; align-items: center; }
.paper ul { margin: 6px 0 0; padding: 0; list-style: none; } .paper i { width: 18px; height: 12px; }
.leaflet-popup-content th { text-align: left; padding-right: 10px; font-weight: 600; }
"""


class Paper(Element):
    """What the map says in words: title, period, numbers, legend. Its text is data, never a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__()
        notes = "".join(f"<p>{_text(note)}</p>" for note in given["notes"])
        rows = "".join(f'<li><i style="background:{_color(row["color"])}"></i>{_text(row["text"])}</li>' for row in given["legend"])
        self.text = f'<div class="paper"><h1>{_text(given["title"])}</h1>{notes}<ul>{rows}</ul></div>'


def page(given: dict[str, Any]) -> str:
    """The whole page. `given` has title, notes, legend, wards, cells, words, bounds and leaflet (the folder of its files)."""
    leaflet = Path(given["leaflet"])
    drawn = folium.Map(tiles=None, prefer_canvas=True, attribution_control=False, control_scale=True)
    # What Folium would fetch from five servers; two files of ours take their place.
    drawn.default_js, drawn.default_css = [], []
    root = drawn.get_root()
    if not isinstance(root, Figure):
        raise TypeError("A map of Folium stands on a figure.")
    root.title = _text(given["title"])
    _inline(root.header, JavascriptLink("leaflet.js"), "leaflet", re.sub(r"//# sourceMappingURL=\S*", "", (leaflet / "leaflet.js").read_text()))
    _inline(root.header, CssLink("leaflet.css"), "leaflet_css", _with_images((leaflet / "leaflet.css").read_text(), leaflet))
    _inline(root.header, CssLink("look.css"), "look", LOOK)
    _shapes(drawn, given["cells"], given["words"]["cells"], _cell_look)
    _shapes(drawn, given["wards"], given["words"]["wards"], _ward_look)
    drawn.fit_bounds(given["bounds"])
    root.html.add_child(Paper(given), name="paper")
    return _locked(root.render(embedded=True), given["lang"])


def _text(value: object) -> str:
    """A word as text of the page. Folium renders what it is given a second time as a template: without its braces masked,
    a ward named {{ … }} would run as Python here.
    """
    return html.escape(str(value)).translate(BRACES)


def _inline(header: Element, link: JavascriptLink | CssLink, name: str, text: str) -> None:
    link.code = text  # type: ignore[assignment]  # it is written into the page as it is; bytes would show their b''
    header.add_child(link, name=name)


def _with_images(css: str, folder: Path) -> str:
    """The pictures of the style sheet within it."""
    return IMAGE.sub(lambda found: f"url(data:image/png;base64,{base64.b64encode((folder / found[1]).read_bytes()).decode()})", css)


def _shapes(drawn: folium.Map, shapes: dict[str, Any], words: dict[str, str], look: Any) -> None:
    """Shapes with a popup of text: Leaflet and Folium keep HTML as it is, so every word is escaped before it gets there."""
    if not shapes["features"]:
        return
    for feature in shapes["features"]:
        told = feature["properties"]
        feature["properties"] = {name: _text(told.get(name, "")) for name in words} | {"_color": _color(told.get("_color", ""))}
    popup = folium.GeoJsonPopup(fields=list(words), aliases=[_text(word) for word in words.values()], localize=False)
    folium.GeoJson(shapes, style_function=look, popup=popup, zoom_on_click=False).add_to(drawn)


def _color(value: object) -> str:
    return str(value) if COLOR.match(str(value)) else "#000000"


def _cell_look(feature: dict[str, Any]) -> dict[str, Any]:
    return {"fillColor": feature["properties"]["_color"], "fillOpacity": 0.75, "stroke": False}


def _ward_look(_: dict[str, Any]) -> dict[str, Any]:
    return {"color": "#c9b458", "weight": 2, "fillOpacity": 0.04}


def _locked(text: str, lang: str) -> str:
    """The page under a policy of its own, which it takes along when it is saved: these scripts, no others, and nothing from outside."""
    sums = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in SCRIPT.findall(text))
    scripts = " ".join(f"'sha256-{found}'" for found in sums)
    policy = f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    head = f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return text.replace("<html>", f'<html lang="{_text(lang)}">', 1).replace("<head>", head, 1)


def main() -> None:
    """JSON in, HTML out, within bounds that end this process and not the worker."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    sys.stdout.buffer.write(page(json.load(sys.stdin.buffer)).encode())


if __name__ == "__main__":
    main()
