r"""How does a recipe look as text?  In an address bar letters, digits and ``- . _ ~``; typed, a row of calls.

The link form
-------------
Grammar, version 1.  A later version begins with ``v2~``; a text without such a mark is version 1.

=============  ===========================================  ==========================================
what           form                                         example
=============  ===========================================  ==========================================
recipe         steps joined by ``~``                        ``gaussian.sigma_2~sobel-x``
step           name, then settings, joined by ``.``         ``gaussian.sigma_2.size_9``
name           ``_`` is written ``-``                       ``sobel-x``, ``padding-mode_circular``
setting        name ``_`` value                             ``size_9``
whole number   digits, ``-`` in front                       ``-3``
number         a decimal point is a ``.`` before a digit    ``sigma_0.5``, ``1e-05``
fraction       ``p-q``                                      ``stride_1-2``
yes or no      ``yes``, ``no``                              ``flip-kernel_yes``
word           as it is                                     ``padding_valid``
pair, sides    values joined by ``_``                       ``stride_2_1-2``, ``padding_1_1_0_0``
kernel         name; its settings begin with ``kernel-``    ``conv2d.kernel_gaussian.kernel-sigma_2``
numbers        sizes joined by ``x``, then every number     ``conv2d.kernel_1x3_-1_0_1``
digest         ``digest`` and 16 hex digits                 ``conv2d.kernel_digest_0123456789abcdef``
=============  ===========================================  ==========================================

The call form
-------------
A link never has a space, a bracket, ``|``, ``=``, a comma or a quote; a text with one of them is read as calls
(``recipe.call_form``), and a single name means the same in both.

=============  ===========================================  ==============================================
what           form                                         example
=============  ===========================================  ==============================================
recipe         steps joined by ``|``                        ``gaussian(sigma=2) | sobel_x``
step           name, then settings in round brackets        ``gaussian(size=9, sigma=2)``
setting        name ``=`` value, joined by commas           ``size=9``
whole number   digits, a sign in front                      ``-3``
number         as in Python, or a fraction                  ``sigma=0.5``, ``factor=1e-05``, ``factor=1/9``
fraction       ``p/q``                                      ``stride=1/2``
yes or no      ``yes``, ``no``, ``true``, ``False``         ``flip_kernel=yes``
word           as it is, or in quotes                       ``padding=valid``, ``padding="valid"``
pair, sides    values in round or square brackets           ``stride=(2, 1/2)``, ``padding=(1, 1, 0, 0)``
left open      ``none``                                     ``stft(hop_length=none)``
kernel         name, or a call with its settings            ``conv2d(kernel=gaussian(sigma=2))``
numbers        rows in brackets                             ``conv2d(kernel=[[1, 0, -1], [2, 0, -2]])``
and settings   ``numbers(rows, settings)``                  ``kernel=numbers([[1, 1]], normalise=yes)``
digest         ``digest`` and 16 hex digits in quotes       ``conv2d(kernel=digest("0123456789abcdef"))``
=============  ===========================================  ==============================================

Every parameter of every operation and kernel has one of these forms, by its type in
``ops.registry``.  Only what differs from a default is written.
"""

from __future__ import annotations

from playground.recipe import call_form
from playground.recipe.link_form import MAX_LENGTH, from_link, to_link
from playground.recipe.model import Recipe

__all__ = ["MAX_LENGTH", "from_text", "to_text"]


def to_text(recipe: Recipe) -> str:
    """Write a checked recipe in the link form; ``call_form.to_call`` writes the other.

    >>> to_text(from_text("gaussian(sigma=0.5) | sobel_x(stride=1/2)", "image"))
    'gaussian.sigma_0.5~sobel-x.stride_1-2'
    """
    return to_link(recipe)


def from_text(text: str, kind: str) -> Recipe:
    """Read either form for a medium of ``kind`` ("image", "audio", "spectrogram"); the result is checked.

    >>> from_text("gaussian.sigma_0.5~sobel-x", "image").steps[0]
    Step(name='gaussian', params=(('sigma', 0.5),))
    >>> from_text("gaussian(sigma=0.5) | sobel_x", "image").steps[1]
    Step(name='sobel_x', params=())
    """
    text = text.strip()
    return call_form.from_call(text, kind) if call_form.is_call(text) else from_link(text, kind)
