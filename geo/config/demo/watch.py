"""Some forty cameras: on bridges, at the great junctions, at the market and along the canals, each with what it sees past the houses."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely

from cameras import sight
from cameras.models import Camera
from cameras.queries import in_the_way
from geo.config.demo import lines
from geo.config.demo.ground import Ground
from geo.config.demo.places import Place
from geo.config.demo.streets import Network
from geo.fields import as_field

ON_BRIDGES, AT_JUNCTIONS, AT_PLACES = 13, 17, 10
LOOKS_AHEAD_M = 15.0
NEAREST_M = 70.0  # between two cameras
WATCHED_PLACES = ("market", "bus_station", "hospital", "port", "school", "ward_office")
# one of each so many is out of order
TROUBLES = {4: "offline", 17: "maintenance", 29: "degraded", 36: "offline"}
LEGAL_BASIS = "Dữ liệu mô phỏng (demo)"


@dataclass(frozen=True)
class Post:
    """Where a camera hangs and what it looks at."""

    name: str
    kind: str
    usage: str
    at: tuple[float, float]
    towards: tuple[float, float]
    hfov_deg: float
    range_m: float
    height_m: float


def posts(ground: Ground, network: Network, public: list[Place], seed: int) -> list[Post]:
    """The posts in the order of their worth: bridges of the great streets, junctions of the town, places where many people meet."""
    chance = lines.generator(seed, "cameras")
    found: list[Post] = []
    for post in [*_on_bridges(network), *_at_junctions(ground, network, chance), *_at_places(public, network)]:
        if all(np.hypot(post.at[0] - other.at[0], post.at[1] - other.at[1]) > NEAREST_M for other in found):
            found.append(post)
    return found


def _on_bridges(network: Network) -> list[Post]:
    posts = []
    for bridge in sorted(network.bridges, key=lambda bridge: -bridge.line.length)[:ON_BRIDGES]:
        first, last = bridge.line.coords[0], bridge.line.coords[-1]
        posts.append(Post(f"Camera {bridge.name}", "bullet", "traffic", first, last, 62, 130, 7))
    return posts


def _at_junctions(ground: Ground, network: Network, chance: np.random.Generator) -> list[Post]:
    """Where streets of the first classes meet, the nearest to the middle of the town first."""
    great = [street for street in network.streets if street.road_class in ("trunk", "primary", "secondary")]
    pairs, nodes = lines.node_numbers([street.line for street in great])
    meeting = np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(nodes)) >= 3)
    meeting = meeting[np.argsort(np.hypot(*(nodes[meeting] - ground.junction).T))]
    posts: list[Post] = []
    for node in meeting:
        here = (float(nodes[node][0]), float(nodes[node][1]))
        names = sorted({great[number].name for number in np.flatnonzero((pairs == node).any(axis=1))})
        turn = chance.uniform(0, 2 * np.pi)
        pole = (round(float(here[0] + 9 * np.cos(turn)), lines.DIGITS), round(float(here[1] + 9 * np.sin(turn)), lines.DIGITS))
        if all(np.hypot(pole[0] - post.at[0], pole[1] - post.at[1]) > NEAREST_M for post in posts):
            posts.append(Post(f"Camera ngã tư {' - '.join(names[:2])}", "dome", "traffic", pole, here, 360 if len(posts) % 5 == 0 else 95, 90, 8))
        if len(posts) == AT_JUNCTIONS:
            break
    return posts


def _at_places(public: list[Place], network: Network) -> list[Post]:
    """On the nearest street, looking along it past the place: a lens turned to a wall sees a wall."""
    tree = shapely.STRtree([street.line for street in network.streets])
    posts = []
    watched = sorted((place for place in public if place.kind in WATCHED_PLACES), key=lambda place: WATCHED_PLACES.index(place.kind))
    for place in watched[:AT_PLACES]:
        street = network.streets[int(tree.nearest(place.point))]
        along_m = street.line.project(place.point)
        foot = street.line.interpolate(along_m)
        # down the longer part of the street
        ahead = street.line.interpolate(along_m + LOOKS_AHEAD_M if along_m < street.line.length / 2 else along_m - LOOKS_AHEAD_M)
        towards = (ahead.x, ahead.y)
        posts.append(Post(f"Camera {place.name}", "ptz", "surveillance", (round(foot.x, lines.DIGITS), round(foot.y, lines.DIGITS)), towards, 78, 85, 6))
    return posts


def hang(posts: list[Post], *, agency: int, until: datetime) -> list[Camera]:
    """The cameras as rows, each with the ground it sees past the houses that stand already."""
    found = []
    for number, post in enumerate(posts, 1):
        eye = sight.Eye(post.at[0], post.at[1], post.height_m, round(sight.bearing_deg(post.at, post.towards), 1) % 360, post.hfov_deg, post.range_m)
        state = TROUBLES.get(number, "online")
        silent_s = 4 if state in ("online", "degraded") else 18_000
        found.append(
            Camera(
                code=f"CAM-{number:03d}",
                name=post.name,
                agency_id=agency,
                kind=post.kind,
                usage=post.usage,
                mount_height_m=post.height_m,
                heading_deg=eye.heading_deg,
                hfov_deg=post.hfov_deg,
                range_m=post.range_m,
                state=state,
                last_frame_at=until - timedelta(seconds=silent_s),
                legal_basis=LEGAL_BASIS,
                geom=as_field(shapely.Point(post.at)),
                view=as_field(sight.view(eye, in_the_way(sight.sector(eye), x=eye.x, y=eye.y))),
            )
        )
    return Camera.objects.bulk_create(found)
