"""Colours that people can read: contrast by WCAG 2.2, for a colour that an installation or a government chooses."""

import re

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
TEXT = 4.5  # WCAG 2.2, 1.4.3
# The grounds that links stand on and the share of white in a filled button, as site.css has them.
_LIGHT_GROUNDS = ("#ffffff", "#f3f5f4", "#e6efee")
_DARK_GROUNDS = ("#152021", "#0d1516", "#1c2c2d")
_DARK_LINK, _DARK_FILL = (0.38, "#d9fbff"), (0.86, "#ffffff")


def is_colour(text: str) -> bool:
    """True for ``#rrggbb``."""
    return _HEX.fullmatch(text) is not None


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _unfold(red), _unfold(green), _unfold(blue)


def _unfold(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, share: float, other: str) -> str:
    """What ``color-mix(in oklab, colour share, other)`` gives (CSS Color 5, 3)."""
    lab = [share * a + (1 - share) * b for a, b in zip(_oklab(colour), _oklab(other), strict=True)]
    return _rgb(lab[0], lab[1], lab[2])


def worst(colour: str) -> dict[str, float]:
    """The lowest contrast of text with this accent in each scheme, as the style sheets use it."""
    link, fill = mixed(colour, *_DARK_LINK), mixed(colour, *_DARK_FILL)
    return {
        "light": min(contrast("#ffffff", colour), *(contrast(colour, ground) for ground in _LIGHT_GROUNDS)),
        "dark": min(contrast("#ffffff", fill), *(contrast(link, ground) for ground in _DARK_GROUNDS)),
    }


def _oklab(colour: str) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _rgb(light: float, green_red: float, blue_yellow: float) -> str:
    long = (light + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    middle = (light - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (light - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _fold(min(1.0, max(0.0, value)))):02x}" for value in channels)


def _fold(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
