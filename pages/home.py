"""Home: one kernel applied to a picture and to a sound at once, and the doors to the pages."""

from playground.ui import frame, guard, menu, two_senses
from playground.ui.words import _

menu.ensure()
frame.home()
frame.begin(_("One kernel, a picture and a sound"))
with guard.sentence():
    two_senses.both()
frame.doors(
    [
        ("pages/image.py", _("Try your picture"), ":material/image:"),
        ("pages/audio.py", _("Try your sound"), ":material/graphic_eq:"),
    ]
)
frame.note(_("Every number on these pages is computed by a tested package."))
