"""Draws the photograph that the demonstration sends: an evening by a lake, as a JPEG with EXIF of 120 to 200 kB.

Usage: ``python examples/make_photo.py [FILE]`` (needs Pillow; by default it writes ``mmse/lab/data/photo.jpg``). The
picture is the same for the same release of Pillow: its noise comes from a seeded generator.
"""

from __future__ import annotations

import math
import random
import sys
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIZE = WIDTH, HEIGHT = 1280, 960
HORIZON = 560
SMALLEST, LARGEST = 120_000, 200_000
PLACE = Path(__file__).resolve().parent.parent / "mmse" / "lab" / "data" / "photo.jpg"

Colour = tuple[int, int, int]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def sky() -> Image.Image:
    """From deep blue down to orange, and a low sun with its glow."""
    picture = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(picture)
    bands: list[tuple[float, Colour]] = [
        (0.0, (22, 34, 84)),
        (0.45, (98, 92, 150)),
        (0.75, (236, 142, 104)),
        (1.0, (255, 214, 150)),
    ]
    for y in range(HORIZON):
        share = y / HORIZON
        low, high = next((a, b) for a, b in pairwise(bands) if a[0] <= share <= b[0])
        colour = mix(low[1], high[1], (share - low[0]) / (high[0] - low[0]))
        draw.line([(0, y), (WIDTH, y)], fill=colour)
    glow = Image.new("RGB", SIZE)
    shine = ImageDraw.Draw(glow)
    for radius in range(260, 0, -4):
        shine.ellipse(around(820, 470, radius), fill=mix((120, 70, 20), (0, 0, 0), radius / 260))
    picture = ImageChops.add(picture, glow.filter(ImageFilter.GaussianBlur(12)))
    ImageDraw.Draw(picture).ellipse(around(820, 470, 38), fill=(255, 246, 214))
    return picture


def around(x: int, y: int, radius: int) -> tuple[int, int, int, int]:
    """The box of a circle."""
    return x - radius, y - radius, x + radius, y + radius


def ridge(rng: random.Random, base: int, height: int, roughness: float) -> list[tuple[int, int]]:
    """The outline of a range of hills, by halving and displacing."""
    heights = [0.3, rng.random()]
    swing = 1.0
    while len(heights) < 320:
        between = [(a + b) / 2 + (rng.random() - 0.5) * swing for a, b in pairwise(heights)]
        heights = [value for pair in zip(heights, between, strict=False) for value in pair] + heights[-1:]
        swing *= roughness
    step = WIDTH / (len(heights) - 1)
    line = [(round(index * step), round(base - height * value)) for index, value in enumerate(heights)]
    return [(0, HORIZON), *line, (WIDTH, HORIZON)]


def land(picture: Image.Image, rng: random.Random) -> None:
    """Three ranges of hills, the nearer the darker, and a row of trees on the shore."""
    draw = ImageDraw.Draw(picture)
    for base, height, roughness, colour in (
        (470, 170, 0.55, (128, 104, 142)),
        (520, 120, 0.50, (84, 74, 110)),
        (552, 60, 0.60, (44, 46, 74)),
    ):
        draw.polygon(ridge(rng, base, height, roughness), fill=colour)
    for x in range(0, 520, 9):
        tall = rng.randint(24, 86)
        foot = HORIZON + rng.randint(-3, 3)
        for level in range(4):
            top, wide = foot - tall + level * tall // 5, 4 + level * 3
            draw.polygon([(x, top), (x - wide, top + tall // 3), (x + wide, top + tall // 3)], fill=(18, 26, 34))


def water(picture: Image.Image, rng: random.Random) -> None:
    """The lower part: what stands above, upside down, darker, and broken by ripples."""
    depth = HEIGHT - HORIZON
    mirror = picture.crop((0, HORIZON - depth, WIDTH, HORIZON)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = Image.blend(mirror, Image.new("RGB", mirror.size, (18, 30, 60)), 0.35)
    for y in range(depth):
        sway = round(math.sin(y / (3 + y / 40)) * (2 + y / 30) + rng.gauss(0, 1 + y / 90))
        row = mirror.crop((0, y, WIDTH, y + 1))
        picture.paste(ImageChops.offset(row, sway, 0), (0, HORIZON + y))


def foreground(picture: Image.Image, rng: random.Random) -> None:
    """A jetty, reeds, and birds that fly home."""
    draw = ImageDraw.Draw(picture)
    draw.polygon([(560, HEIGHT), (720, HEIGHT), (668, 700), (640, 700)], fill=(52, 38, 34))
    for plank in range(24):
        y = 706 + plank * plank // 2
        draw.line([(640 - (y - 700) * 80 // 260, y), (668 + (y - 700) * 52 // 260, y)], fill=(94, 70, 54), width=3)
    for _ in range(260):
        x, tall = rng.randint(900, WIDTH), rng.randint(60, 300)
        draw.line(
            [(x, HEIGHT), (x + rng.randint(-40, 40), HEIGHT - tall)], fill=(20, 30 + rng.randint(0, 30), 22), width=2
        )
    for _ in range(9):
        x, y, wing = rng.randint(160, 1100), rng.randint(90, 300), rng.randint(8, 18)
        draw.arc((x - wing, y, x, y + wing), 200, 340, fill=(20, 20, 34), width=2)
        draw.arc((x, y, x + wing, y + wing), 200, 340, fill=(20, 20, 34), width=2)


def grain(picture: Image.Image, rng: random.Random) -> Image.Image:
    """The noise of a small sensor."""
    noise = Image.frombytes("L", SIZE, rng.randbytes(WIDTH * HEIGHT)).filter(ImageFilter.GaussianBlur(0.8))
    coloured = Image.merge("RGB", (noise, ImageChops.offset(noise, 7, 3), ImageChops.offset(noise, 3, 11)))
    return Image.blend(picture, ImageChops.overlay(picture, coloured), 0.28)


def caption(picture: Image.Image) -> None:
    """A line of text: what scaling and recompression spoil first."""
    draw = ImageDraw.Draw(picture)
    draw.text(
        (36, HEIGHT - 64), "First light over the lake - mmse", fill=(255, 236, 200), font=ImageFont.load_default(34)
    )


def exif() -> Image.Exif:
    """What a camera phone writes."""
    values = Image.Exif()
    values[ExifTags.Base.Make] = "mmse"
    values[ExifTags.Base.Model] = "Lab Phone 1"
    values[ExifTags.Base.Software] = "examples/make_photo.py"
    values[ExifTags.Base.Orientation] = 1
    values[ExifTags.Base.DateTime] = "2026:06:21 21:42:07"
    values[ExifTags.Base.ImageDescription] = "An evening by a lake that does not exist"
    camera = values.get_ifd(ExifTags.IFD.Exif)
    camera[ExifTags.Base.DateTimeOriginal] = "2026:06:21 21:42:07"
    camera[ExifTags.Base.ExposureTime] = 0.008
    camera[ExifTags.Base.FNumber] = 1.8
    camera[ExifTags.Base.ISOSpeedRatings] = 200
    camera[ExifTags.Base.ExifImageWidth] = WIDTH
    camera[ExifTags.Base.ExifImageHeight] = HEIGHT
    place = values.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (61.0, 30.0, 0.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (25.0, 15.0, 0.0)
    return values


def photograph() -> bytes:
    """The JPEG, at the highest quality that stays within the size."""
    rng = random.Random(23140)
    picture = sky()
    land(picture, rng)
    water(picture, rng)
    foreground(picture, rng)
    picture = grain(picture.filter(ImageFilter.GaussianBlur(0.6)), rng)
    caption(picture)
    for quality in range(92, 30, -3):
        written = BytesIO()
        picture.save(written, "JPEG", quality=quality, exif=exif(), optimize=True, progressive=False)
        if written.tell() <= LARGEST:
            break
    octets = written.getvalue()
    if not SMALLEST <= len(octets) <= LARGEST:
        raise SystemExit(f"the picture has {len(octets)} octets; between {SMALLEST} and {LARGEST} are wanted")
    return octets


def main() -> None:
    """Write the picture."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE
    place.parent.mkdir(parents=True, exist_ok=True)
    octets = photograph()
    place.write_bytes(octets)
    print(f"{place}: {len(octets)} octets")


if __name__ == "__main__":
    main()
