"""The convolution playground: the menu, and the page that the address asks for."""

from playground.ui import menu

menu.run()
