import base64
import io
import re

import numpy as np
from PIL import Image

from ganbook.widgets import still


def drawn(ink):
    figure = still.figure(4, 3)
    axes = figure.subplots()
    still.draw_histogram(axes, ["zero", "one"], np.array([0.25, 0.75]), ceiling=0.8, ink=ink, behind=np.array([0.5, 0.5]))
    return figure


def pictures(html):
    return [Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB") for data in re.findall(r"base64,([^\"]+)\"", html)]


def test_a_still_has_a_light_and_a_dark_picture():
    light, dark = pictures(still.html(drawn, "text"))
    assert light.getpixel((0, 0)) == (255, 255, 255) and dark.getpixel((0, 0)) == (20, 24, 30)
    for picture in (light, dark):
        assert np.array(picture).std() > 20
        assert (np.array(picture) == (45, 180, 255)).all(axis=2).any()  # the bar of label 1


def test_without_styles_only_the_light_one_shows():
    html = still.html(drawn, "text")
    assert re.search(r'<img class="gb-dark [^"]*" style="display:none"', html) and html.count("display:none\"") == 1


def test_the_alt_text_is_escaped():
    assert html_attribute(still.html(drawn, 'a "quote" & <tag>')) == "a &quot;quote&quot; &amp; &lt;tag&gt;"


def html_attribute(html):
    return re.search(r'alt="([^"]*)"', html)[1]


def test_it_says_how_to_open_the_widget_live():
    assert "<code>make lab</code>" in still.html(drawn, "text")


def test_the_histogram_says_its_numbers():
    texts = {text.get_text() for text in drawn("#000000").axes[0].texts}
    assert texts == {"25%", "75%"}
