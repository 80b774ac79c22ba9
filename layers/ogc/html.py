"""OGC resources as plain pages for people: every word escaped, nothing that runs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

STYLE = SafeString(
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:70rem;background:#10161d;color:#d5dee6}"
    "a{color:#7fb2d9}table{border-collapse:collapse}td,th{border-bottom:1px solid #2c3440;padding:.2rem .6rem;text-align:left;vertical-align:top}"
)
LONGEST_CELL = 300


def page(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """The same answer as its JSON, for reading."""
    title = str(body.get("title") or body.get("id") or request.path)
    parts = [_features(request, body["features"]) if "features" in body else _rows(body), _links(body.get("links", []))]
    parts += [_collection(one) for one in body.get("collections", [])]
    markup = format_html(
        '<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>{}</title><style>{}</style><h1>{}</h1>{}</html>",
        title,
        STYLE,
        title,
        format_html_join("", "{}", ((part,) for part in parts)),
    )
    return HttpResponse(markup)


def _rows(body: dict[str, Any]) -> SafeString:
    shown = ((name, _cell(value)) for name, value in body.items() if name not in ("links", "collections"))
    return format_html("<table>{}</table>", format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", shown))


def _collection(one: dict[str, Any]) -> SafeString:
    return format_html("<h2>{}</h2><p>{}</p>{}", one["title"], one["description"], _links(one["links"]))


def _features(request: HttpRequest, features: list[dict[str, Any]]) -> SafeString:
    names = list(features[0]["properties"]) if features else []
    head = format_html_join("", "<th>{}</th>", ((name,) for name in ["id", *names]))
    here = request.build_absolute_uri(request.path)
    rows = (
        (
            f"{here}/{feature['id']}",
            feature["id"],
            format_html_join("", "<td>{}</td>", ((_cell(feature["properties"].get(name)),) for name in names)),
        )
        for feature in features
    )
    return format_html("<table><tr>{}</tr>{}</table>", head, format_html_join("", '<tr><td><a href="{}">{}</a></td>{}</tr>', rows))


def _links(links: list[dict[str, str]]) -> SafeString:
    shown = ((link["href"], link["rel"], link["type"]) for link in links)
    return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a> {}</li>', shown))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST_CELL]
