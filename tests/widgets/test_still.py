import base64
import io
import re

import numpy as np
from PIL import Image

from ganbook.widgets import still


def draw(figure, ink):
    figure.add_axes((0.1, 0.1, 0.8, 0.8)).bar([0, 1], [0.25, 0.75], color=["#0072b2", "#2db4ff"])


PANEL = still.Panel('a "quote" & <tag>', draw)


def pictures(html):
    return [
        Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB") for data in re.findall(r"base64,([^\"]+)\"", html)
    ]


def test_every_panel_has_a_light_and_a_dark_picture():
    light, dark = pictures(still.html([PANEL]))
    assert light.getpixel((0, 0)) == (255, 255, 255) and dark.getpixel((0, 0)) == (20, 24, 30)
    for picture in (light, dark):
        assert np.array(picture).std() > 20
        assert (np.array(picture) == (45, 180, 255)).all(axis=2).any()  # the second bar
    assert len(pictures(still.html([PANEL, PANEL]))) == 4


def test_without_styles_only_the_light_ones_show():
    unstyled = re.sub("<style>.*?</style>", "", still.html([PANEL, PANEL]))
    hidden = re.findall(r'<img class="gb-(\w+) [^>]*style="display:none"', unstyled)
    assert hidden == ["dark", "dark"]


def test_the_alt_text_is_escaped():
    assert re.findall(r'alt="([^"]*)"', still.html([PANEL])) == ["a &quot;quote&quot; &amp; &lt;tag&gt;"] * 2


def test_it_says_how_to_open_the_widget_live():
    assert "<code>make lab</code>" in still.html([PANEL])
