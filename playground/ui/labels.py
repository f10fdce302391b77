"""Which words stand on the controls?  Plain first, the term in brackets, once."""

from __future__ import annotations

from fractions import Fraction

from playground.errors import N_

MODE_WORDS = {
    "constant": N_("Zeros (constant)"),
    "reflect": N_("Mirror (reflect)"),
    "symmetric": N_("Edge twice (symmetric)"),
    "replicate": N_("Stretch (replicate)"),
    "circular": N_("Wrap (circular)"),
}
PADDING_WORDS = {
    "same": N_("Keep the size (same)"),
    "valid": N_("None (valid)"),
    "full": N_("Every touching position (full)"),
    "number": N_("A number of pixels"),
    "sides": N_("Each side its own"),
}
COLOUR_WORDS = {
    "automatic": N_("Automatic (grey for edge kernels)"),
    "as_is": N_("As it is"),
    "grey": N_("Grey"),
    "red": N_("Red channel"),
    "green": N_("Green channel"),
    "blue": N_("Blue channel"),
}
CHANNEL_FACTS = {
    "grey": N_("grey"),
    "red": N_("red channel"),
    "green": N_("green channel"),
    "blue": N_("blue channel"),
}
"""How the fact line says a colour that was chosen."""
METHOD_WORDS = {
    "torch": N_("torch"),
    "direct": N_("direct"),
    "compiled": N_("direct"),
    "separable": N_("separable"),
    "lines": N_("separable"),
    "running": N_("running sums"),
    "shifted": N_("shifted"),
    "toeplitz": N_("matrix product"),
    "fourier": N_("fourier"),
}
STEP_WORDS = {
    "conv1d": N_("Your own numbers"),
    "conv2d": N_("Your own numbers"),
    "grey": N_("Grey"),
    "channel": N_("One channel"),
    "gain": N_("Gain"),
    "mono": N_("Mixed to mono"),
    "stft": N_("Transform (STFT)"),
    "picture_spectrum": N_("Picture as spectrogram"),
    "istft": N_("Back to a sound"),
    "griffin_lim": N_("Griffin-Lim"),
    "decibels": N_("To decibels"),
    "amplitude": N_("From decibels"),
    "power": N_("Power"),
    "mel": N_("Mel bands"),
    "log_frequency": N_("Bands per octave"),
    "linear_frequency": N_("Bands to bins"),
    "harmonic": N_("Harmonic"),
    "percussive": N_("Percussive"),
    "mask": N_("Mask"),
    "pool1d": N_("Pooling"),
    "pool2d": N_("Pooling"),
    "offset": N_("Offset"),
    "absolute": N_("Without the sign (absolute)"),
    "square": N_("Squared"),
    "relu": N_("Nothing below zero (ReLU)"),
    "clip": N_("Clipped"),
    "normalise": N_("Normalised"),
    "colour_matrix": N_("Colours mixed (1 × 1 convolution)"),
    "edge_magnitude": N_("Edge strength"),
    "interpolate1d": N_("More or fewer samples"),
    "interpolate2d": N_("Larger or smaller"),
    "crop1d": N_("Cut out"),
    "crop2d": N_("Cut out"),
    "flip1d": N_("Backwards"),
    "flip2d": N_("Mirrored"),
    "noise": N_("Noise added"),
}
SIGNED_WORDS = {
    "automatic": N_("Automatic (two colours for edges)"),
    "two_colours": N_("Two colours, zero is paper"),
    "absolute": N_("Absolute: the sign is dropped"),
    "offset": N_("Offset: grey is zero"),
    "stretch": N_("Stretch: smallest black, largest white"),
    "clamp": N_("Clamp: below 0 black, above 1 white"),
}
PARAMETER_WORDS = {
    "size": N_("Size"),
    "down": N_("Down"),
    "right": N_("Right"),
    "sigma": N_("Sigma (width)"),
    "length": N_("Length (pixels)"),
    "angle": N_("Angle"),
    "radius": N_("Radius"),
    "order": N_("Order"),
    "amount": N_("Amount"),
    "ratio": N_("Ratio of the two widths"),
    "wavelength": N_("Wavelength"),
    "phase": N_("Phase"),
    "aspect": N_("Aspect"),
    "delay": N_("Delay"),
    "gain": N_("Gain"),
    "repeats": N_("Repeats"),
    "cutoff": N_("Cut-off"),
    "low": N_("From"),
    "high": N_("Up to"),
    "taps": N_("Taps"),
    "window": N_("Window (of the sinc)"),
    "coefficient": N_("Coefficient"),
    "seconds": N_("Decay to −60 dB"),
    "wet": N_("Amount of room"),
    "seed": N_("Seed"),
    "normalise": N_("Normalise to sum 1"),
    "zero_mean": N_("Make zero-mean"),
    "statistic": N_("What of each window"),
    "kernel_size": N_("Window (kernel size)"),
    "stride": N_("Stride"),
    "padding": N_("Padding"),
    "count_include_pad": N_("Count the padding as zeros"),
    "factor": N_("Factor"),
    "index": N_("Which channel"),
    "to": N_("To what"),
    "operator": N_("Operator"),
    "padding_mode": N_("Border (padding mode)"),
    "scale": N_("Times as many samples"),
    "interpolation": N_("What lies between"),
    "start": N_("Start"),
    "top": N_("From row"),
    "left": N_("From column"),
    "height": N_("Rows"),
    "width": N_("Columns"),
    "direction": N_("Direction"),
    "distribution": N_("Distribution"),
}
MIX_WORDS = {
    "as_is": N_("As they are"),
    "mono": N_("Mixed to mono"),
}
SOUND_STRIDE_HELP = N_(
    "How far the window moves each time. 2 keeps every second result; 1/2 (transposed convolution) makes two from one:"
    " the number of samples a second changes with it."
)
CHOICE_WORDS = {
    "hann": N_("Hann"),
    "hamming": N_("Hamming"),
    "blackman": N_("Blackman"),
    "kaiser": N_("Kaiser"),
    "rectangular": N_("Rectangular"),
    "bartlett": N_("Bartlett (triangle)"),
    "none": N_("None"),
    "keep": N_("Keep"),
    "remove": N_("Remove"),
    "silence": N_("Silence"),
    "absolute": N_("Without the sign"),
    "flip": N_("Phase turned round"),
    "random": N_("Random phases"),
    "zero": N_("Phases of zero"),
    "original": N_("The original phases"),
    "linear": N_("Linear"),
    "axis linear": N_("By equal Hz"),
    "log": N_("By equal intervals"),
    "max": N_("The largest (max)"),
    "average": N_("The mean (average)"),
    "min": N_("The smallest (min)"),
    "median": N_("The middle one (median)"),
    "range": N_("From 0 to 1"),
    "standard": N_("Mean 0, deviation 1"),
    "sobel": N_("Sobel"),
    "prewitt": N_("Prewitt"),
    "scharr": N_("Scharr"),
    "difference": N_("Differences of neighbours"),
    "nearest": N_("The nearest sample"),
    "sinc": N_("The smooth wave (sinc)"),
    "horizontal": N_("Left and right"),
    "vertical": N_("Top and bottom"),
    "normal": N_("Normal (bell curve)"),
    "uniform": N_("Uniform"),
}
SCALE_WORDS = {
    "energy": N_("Energy 1"),
    "peak": N_("Peak 1"),
    "none": N_("As it is"),
}
UNITS = (N_("pixels"), N_("degrees"), N_("ms"), N_("Hz"), N_("s"), N_("samples"), N_("dB"))
STRIDE_HELP = N_(
    "How far the window moves each time. 2 keeps every second result; 1/2 (transposed convolution) makes two from one."
)
ORDINALS = {2: N_("second"), 3: N_("third"), 4: N_("fourth")}
SHARES = {4: N_("a quarter"), 9: N_("a ninth"), 16: N_("a sixteenth"), 2: N_("half"), 3: N_("a third")}


def stride_text(stride: int | Fraction | tuple) -> str:
    """A stride as it is written: 2, 1/2, or "2 and 1/2" where the axes differ.

    >>> stride_text(Fraction(1, 2)), stride_text(3)
    ('1/2', '3')
    """
    return " · ".join(str(part) for part in stride) if isinstance(stride, tuple) else str(stride)
