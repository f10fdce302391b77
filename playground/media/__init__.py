"""Bytes to tensors and back: what comes in is judged here, and nowhere else.

types        what a loaded picture or sound is
limits       how much this machine should be asked for
content      what a file is, whatever its name says
headers      what a file says of itself, before anything is decoded
image_file   the gate for pictures
audio_file   the gate for sounds
wav, mp3     how these two are laid out
array_file   NPY, as either
samples      pictures and sounds that are always there
save         exact PNG, WAV, FLAC and NPY, and safe file names
"""
