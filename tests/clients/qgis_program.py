"""What runs inside QGIS, headless: one of the programs below, named by the first argument, with what it is given as JSON in the second.

It is read from stdin, because a QGIS in a root of its own sees no file of ours, and it tells one line of JSON.
"""

import json
import sys
import tempfile
import urllib.request

from qgis.core import Qgis, QgsApplication, QgsAuthMethodConfig, QgsDataSourceUri, QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer, QgsWkbTypes

SETTLES_IN = 50


class Desk:
    """QGIS without a screen, with the token of its holder in QGIS's own store of secrets."""

    def __init__(self, address, token):
        self.address = address
        QgsApplication.setPrefixPath("/usr", True)
        self.application = QgsApplication([], False, tempfile.mkdtemp())
        self.application.initQgis()
        self.key = self._kept(token) if token else None

    def _kept(self, token):
        keeper = QgsApplication.authManager()
        keeper.setMasterPassword("a master password", True)
        config = QgsAuthMethodConfig("APIHeader")
        config.setName("nbioc")
        config.setConfig("Authorization", f"Bearer {token}")
        keeper.storeAuthenticationConfig(config)
        return config.id()

    def opened(self, slug):
        """A collection as a layer of QGIS."""
        source = QgsDataSourceUri()
        source.setParam("url", f"{self.address}/ogc/")
        source.setParam("typename", slug)
        if self.key:
            source.setAuthConfigId(self.key)
        layer = QgsVectorLayer(source.uri(False), slug, "OAPIF")
        self.settle()
        return layer

    def settle(self):
        """QGIS hands cookies from thread to thread in its event loop, which a program without a window has to turn itself."""
        for _ in range(SETTLES_IN):
            self.application.processEvents()


def reads(desk, given):
    """Every layer that is named, opened and read to its end."""
    found = {}
    for slug in given["slugs"]:
        layer = desk.opened(slug)
        if layer.isValid() and given.get("filter"):
            layer.setSubsetString(given["filter"])
        found[slug] = told_of(layer, whole=not given.get("glance")) if layer.isValid() else None
    return {"layers": found}


def told_of(layer, *, whole):
    features = list(layer.getFeatures()) if whole else []
    return {
        "said": layer.featureCount(),
        "read": len(features),
        "crs": layer.crs().authid(),
        "kind": QgsWkbTypes.displayString(layer.wkbType()),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "may": layer.dataProvider().capabilitiesString(),
        "area": sum(feature.geometry().area() for feature in features),
    }


def edits(desk, given):
    """One place changed in attribute and shape, one added, one deleted, in one commit, as somebody does at a desk."""
    layer = desk.opened("public_places")
    before = {feature["name"]: feature for feature in layer.getFeatures()}
    chosen, doomed = before[given["change"]], before[given["delete"]]
    was = chosen.geometry().asPoint()
    assert layer.startEditing(), "QGIS does not let this layer be edited"
    moved = QgsGeometry(chosen.geometry())
    moved.translate(3.0, 4.0)
    assert layer.changeAttributeValue(chosen.id(), layer.fields().indexOf("address"), given["address_wanted"])
    assert layer.changeGeometry(chosen.id(), moved)
    new = QgsFeature(layer.fields())
    new.setAttribute("name", given["add"])
    new.setAttribute("kind", "market")
    new.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(was.x() + 50, was.y())))
    assert layer.addFeature(new)
    assert layer.deleteFeature(doomed.id())
    stored, said = layer.commitChanges(), layer.commitErrors()
    after = {feature["name"]: feature for feature in desk.opened("public_places").getFeatures()}
    now = after[given["change"]].geometry().asPoint()
    return {
        "stored": stored,
        "said": said,
        "crs": layer.crs().authid(),
        "counts": [len(before), len(after)],
        "moved": [now.x() - was.x(), now.y() - was.y()],
        "address": str(after[given["change"]]["address"]),
        "added": given["add"] in after,
        "deleted": given["delete"] not in after,
    }


def meets(desk, given):
    """Somebody else changes the same place while it lies open here: what both changed is refused, what only this desk changed is stored."""
    layer = desk.opened("public_places")
    feature = next(feature for feature in layer.getFeatures() if feature["name"] == given["place"])
    desk.settle()
    headers = {"Authorization": f"Bearer {given['other']}", "If-Match": given["etag"], "Content-Type": "application/merge-patch+json"}
    body = json.dumps({"properties": {"address": "Somebody else"}}).encode()
    request = urllib.request.Request(given["other_address"], method="PATCH", data=body, headers=headers)  # noqa: S310 (our own server)
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        changed = answer.status
    return {"changed": changed, "clash": saved(layer, feature, "address", "This desk"), "merge": saved(layer, feature, "name", given["wanted"])}


def saved(layer, feature, name, value):
    layer.startEditing()
    layer.changeAttributeValue(feature.id(), layer.fields().indexOf(name), value)
    stored, said = layer.commitChanges(), " ".join(layer.commitErrors())
    if not stored:
        layer.rollBack()
    return [stored, said]


if __name__ == "__main__":
    wanted, given = sys.argv[1], json.loads(sys.argv[2])
    told = {"reads": reads, "edits": edits, "meets": meets}[wanted](Desk(given["address"], given.get("token")), given)
    print(json.dumps({"version": Qgis.QGIS_VERSION_INT, **told}), flush=True)
