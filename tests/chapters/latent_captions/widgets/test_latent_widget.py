import numpy as np
from matplotlib.figure import Figure

from ganbook.chapters.latent_captions.widgets.latent_widget import draw_histogram


def test_the_histogram_says_its_numbers():
    figure = Figure()
    draw_histogram(
        figure, ["zero", "one"], np.array([0.25, 0.75]), ceiling=0.8, ink="#000000", behind=np.array([0.5, 0.5])
    )
    [axes] = figure.axes
    assert [text.get_text() for text in axes.texts] == ["25%", "75%"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["this c", "random c", "even"]
