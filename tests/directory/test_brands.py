"""A government's own name, colour and logo: chosen by the operator, refused where people could not read it or it could do harm."""

import struct
import zlib

import pytest

from idp.audit.tags import Tag
from idp.directory.logos import LARGEST, picture
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid
from idp.policy.contrast import contrast, mixed, worst
from tests.spec import spec

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#123456" d="M0 0h8v8z"/></svg>'


def chunk(name, body=b""):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width=64, height=64, *more):
    """A grey picture; more: chunks before its end."""
    pixels = zlib.compress((b"\0" + bytes(width)) * min(height, 64))
    header = struct.pack(">II", width, height) + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + b"".join(more) + chunk(b"IEND")


PNG = png()


@spec("WCAG 2.2", "1.4.3")
def test_contrast_is_that_of_the_specification():
    assert contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mixed("#000000", 0.5, "#ffffff") == "#636363"  # as browsers mix in oklab
    assert min(worst("#0b5d4e").values()) >= 4.5


def test_what_was_chosen_is_kept_apart_and_recorded(services):
    services.organisations.seed(OPERATOR)
    services.brands.set(OPERATOR, None, name="  SSO   Uji ")
    services.brands.set(OPERATOR, "12.71", accent="#7A1F3D", logo=SVG)
    services.brands.set(OPERATOR, "12.71", name="Kota Medan")
    looks = services.brands.looks()
    assert (looks["all"].name, looks["all"].accent) == ("SSO Uji", None)
    assert (looks["12.71"].name, looks["12.71"].accent) == ("Kota Medan", "#7a1f3d")
    assert services.brands.logo("12.71") == (SVG, "image/svg+xml")
    assert services.brands.reset(OPERATOR, "12.71")
    assert not services.brands.reset(OPERATOR, "12.71")
    assert set(services.brands.looks()) == {"all"}
    assert Tag.BRAND_SET.value.startswith("directory:")


@spec("WCAG 2.2", "1.4.3")
@pytest.mark.parametrize(("accent", "scheme"), [("#f2c200", "light"), ("#888888", "light"), ("#ffffff", "light")])
def test_a_colour_nobody_can_read_is_refused_with_its_contrast(services, accent, scheme):
    with pytest.raises(Invalid, match=rf"contrast of \d+\.\d to 1 in the {scheme} scheme"):
        services.brands.set(OPERATOR, None, accent=accent)
    assert services.brands.looks() == {}


@pytest.mark.parametrize("given", [
    {}, {"name": ""}, {"name": "x" * 61}, {"name": "a\u202eb"}, {"accent": "red"}, {"accent": "#12345g"}, {"accent": "#fff"}, {"logo": b""},
])  # fmt: skip
def test_bad_values_change_nothing(services, given):
    with pytest.raises(Invalid):
        services.brands.set(OPERATOR, None, **given)
    assert services.brands.looks() == {}


def test_an_unknown_government_is_refused(services):
    with pytest.raises(Invalid, match="no government"):
        services.brands.set(OPERATOR, "99.99", name="Kota Uji")


def test_a_logo_is_known_by_what_it_holds():
    body = b"WEBPVP8 " + bytes(12)
    assert picture(PNG) == ("image/png", PNG)
    assert picture(b"RIFF" + struct.pack("<I", len(body)) + body)[0] == "image/webp"
    assert picture(b'<?xml version="1.0"?>\n<!-- mark -->\n' + SVG)[0] == "image/svg+xml"


@spec("ASVS", "5.3.1")
def test_of_a_picture_only_the_picture_is_kept(services):
    """One way for the brand's logo and an application's: comments, profiles and animations are not passed on to everybody."""
    services.brands.set(OPERATOR, None, logo=png(64, 64, chunk(b"tEXt", b"Comment\0<script>alert(1)</script>"), chunk(b"acTL", bytes(8))))
    assert services.brands.logo("all") == (PNG, "image/png")


@spec("ASVS", "5.3.1")
@pytest.mark.parametrize("inside", [
    b"<script>alert(1)</script>", b"<svg:script/>", b'<path onload="x()"/>', b"<foreignObject/>", b'<image href="https://e.example/"/>',
    b'<a xlink:href="javascript:x"/>', b"<style>@import 'x'</style>", b'<path fill="url(https://e.example/#a)"/>', b'<use href="#a"/>',
    b"\0",
])  # fmt: skip
def test_a_drawing_that_could_do_something_is_refused(inside):
    with pytest.raises(Invalid):
        picture(SVG.replace(b"<path", inside + b"<path", 1))


@pytest.mark.parametrize("content", [
    b"GIF89a", b"<html><svg></svg>", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg></svg>", PNG[:20], SVG + b" " * LARGEST, b"RIFF\0\0\0\0WEBP",
    png(5000, 64), PNG + b"<script>", PNG[:60] + bytes([PNG[60] ^ 1]) + PNG[61:], png(64, 64)[:-12], PNG.replace(b"IDAT", b"IDAX"),
])  # fmt: skip
def test_a_file_that_is_no_small_picture_is_refused(content):
    with pytest.raises(Invalid, match="logo:"):
        picture(content)
