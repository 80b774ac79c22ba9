"""Change sets made over HTTP, for tests whose subject is what a browser shows of them."""

from typing import Any

from playwright.sync_api import Page


def call(page: Page, method: str, path: str, data: object = None, version: int | None = None) -> dict[str, Any]:
    """The JSON of an answer that must be a good one, as whoever is signed in at that page."""
    headers = {"X-CSRFToken": page.request.get("/api/session").json()["csrf_token"]}
    answer = page.request.fetch(path, method=method, data=data, headers=headers if version is None else {**headers, "If-Match": f'"v{version}"'})
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def parcels(page: Page, number: int) -> list[dict[str, Any]]:
    """Some parcels that no other test of this folder has changed: they are taken from the end."""
    last = 0
    found: list[dict[str, Any]] = []
    while True:
        page_of = page.request.get(f"/api/layers/parcels/features?limit=500&after={last}").json()["features"]
        found += page_of
        if len(page_of) < 500 or len(found) > 2_000:
            return found[-number:]
        last = page_of[-1]["id"]


def submitted(page: Page, edits: list[dict[str, Any]], title: str, document: str = "12/QĐ-UBND", record: dict[str, Any] | None = None) -> dict[str, Any]:
    """A submitted set of those edits, with a reason written to every warning."""
    made = call(page, "POST", "/api/changesets", {"title": title})
    held = call(page, "POST", f"/api/changesets/{made['id']}/edits", {"edits": edits, "record": record})
    accepted = {issue["key"]: "theo biên bản kiểm tra" for issue in held["issues"]}
    wanted = {"because": "chuyển mục đích sử dụng", "document": document, "accepted": accepted}
    return call(page, "POST", f"/api/changesets/{made['id']}/submit", wanted, held["version"])


def update(feature: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {"layer": "parcels", "op": "update", "fid": feature["id"], "version": feature["version"], "properties": properties}
