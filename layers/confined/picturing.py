"""Draws a stranger's picture anew, in a confined process: a JPEG of bounded size that holds pixels and nothing that the file said besides.

It refuses what is no JPEG, PNG or WebP, and what would be more pixels than a camera makes; the header says that before anything is drawn.
"""

import base64
import io
import json
import os
import sys
import warnings
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from geo.city import CITY
from geo.errors import Problem, define

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 60_000_000
LONGEST_SIDE_PX = 2_048
QUALITY = 85

NOT_A_PICTURE = define("not_a_picture", 422, "Không phải ảnh JPEG, PNG hay WebP", "This is not a JPEG, PNG or WebP picture")
PICTURE_TOO_LARGE = define("picture_too_large", 413, "Ảnh quá lớn", "The picture is too large")


def main(arguments: list[str]) -> int:
    """The only argument is the job as JSON: path. Answers one header: width_px, height_px, claimed_at, jpeg (base64)."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        told: dict[str, Any] = drawn(json.loads(arguments[0])["path"])
    except Problem as problem:
        told = {"refused": {"code": problem.code, "vi": problem.vi, "en": problem.en, "extra": problem.extra}}
    body = json.dumps(told).encode()
    out.write(len(body).to_bytes(8, "big") + body)
    out.close()
    return 0


def drawn(path: str) -> dict[str, Any]:
    """The picture anew, upright. Raises NOT_A_PICTURE or PICTURE_TOO_LARGE."""
    Image.MAX_IMAGE_PIXELS = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise PICTURE_TOO_LARGE(f"Tối đa {MOST_PIXELS:,} điểm ảnh.", f"At most {MOST_PIXELS:,} pixels.")
                claimed_at = _claimed_at(opened)
                opened.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
                upright = ImageOps.exif_transpose(opened).convert("RGB")
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
            raise NOT_A_PICTURE("Không đọc được ảnh.", f"The picture cannot be read: {type(error).__name__}.") from error
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    # A new canvas: colour profiles, comments and previews stay behind.
    canvas = Image.new("RGB", upright.size)
    canvas.paste(upright)
    jpeg = io.BytesIO()
    canvas.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    return {"width_px": canvas.width, "height_px": canvas.height, "claimed_at": claimed_at, "jpeg": base64.b64encode(jpeg.getvalue()).decode()}


def _claimed_at(opened: Image.Image) -> str | None:
    """When the file says that it was taken, by the city's clock."""
    try:
        said = opened.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        return datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZoneInfo(CITY.timezone)).isoformat() if said else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
