"""Bytes to tensors and back: what comes in is judged here, and nowhere else.

types        what a loaded picture is
limits       how much this machine should be asked for
content      what a file is, whatever its name says
headers      what a file says of itself, before anything is decoded
image_file   the gate for pictures
samples      pictures that are always there
save         exact PNG and NPY, and safe file names
"""
