"""Home: one kernel applied to a picture and to a sound at once, and the doors to the pages."""

from playground import ui
from playground.ui.words import _

ui.menu.ensure()
ui.frame.home()
ui.frame.begin(_("One kernel, a picture and a sound"))
with ui.frame.sheet(), ui.guard.sentence():
    ui.two_senses.both()
ui.frame.doors(
    [
        ("pages/image.py", _("Try your picture"), ":material/image:"),
        ("pages/audio.py", _("Try your sound"), ":material/graphic_eq:"),
    ]
)
ui.frame.note(_("Every number on these pages is computed by a tested package."))
