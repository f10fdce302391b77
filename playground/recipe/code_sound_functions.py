"""Which functions may a program on spectrograms need?  Their sources, as in ``code_functions``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STFT = '''
def stft(x, window, hop_length):
    """The spectrum of every window of x (C, T), hop_length samples apart: (C, F, frames)."""
    frames = sliding_window_view(x, len(window), axis=-1)[:, ::hop_length]
    return np.fft.rfft(frames * window).swapaxes(-1, -2)
'''

ISTFT = {
    "torch": '''
def istft(spectrum, window, hop_length, start, length):
    """Lay every frame where it came from and divide by the sum of the squared windows.

    Where no window has weight there is silence.  torch.istft refuses such places.
    """
    n_fft, count = len(window), spectrum.shape[-1]
    samples = (count - 1) * hop_length + n_fft
    frames = torch.fft.irfft(spectrum.mT, n=n_fft) * window

    def summed(frames):
        return F.fold(frames.mT, (1, samples), (1, n_fft), stride=(1, hop_length))[:, 0, 0]

    weight = summed((window**2).expand(1, count, n_fft))
    y = torch.where(weight > 1e-8 * weight.max(), summed(frames) / weight, 0.0)
    y = y[:, start : start + length]
    return F.pad(y, (0, length - y.shape[-1]))
''',
    "numpy": '''
def istft(spectrum, window, hop_length, start, length):
    """Lay every frame where it came from and divide by the sum of the squared windows.

    Where no window has weight there is silence.
    """
    n_fft, count = len(window), spectrum.shape[-1]
    frames = np.fft.irfft(spectrum.swapaxes(-1, -2), n=n_fft) * window
    y = np.zeros((len(spectrum), (count - 1) * hop_length + n_fft))
    weight = np.zeros(y.shape[-1])
    for t in range(count):
        place = slice(t * hop_length, t * hop_length + n_fft)
        y[:, place] += frames[:, t]
        weight[place] += window**2
    some = weight > 1e-8 * weight.max()
    y = np.float32(y * some / np.where(some, weight, 1))[:, start : start + length]
    return np.pad(y, ((0, 0), (0, length - y.shape[-1])))
''',
}

TORCH_RAND = '''
def torch_rand(shape, seed):
    """The random numbers that torch draws: 24 bits of a Mersenne twister for each."""
    bits = np.random.RandomState(seed).randint(0, 2**32, shape, dtype=np.uint32)
    return (bits & 0xFFFFFF) / 2**24
'''

TRIANGLES = '''
def triangles(points, below, peak, above):
    """Weights of points: 1 at the peak, 0 at the feet below and above; a row for each peak."""
    rising = (points - below) / np.maximum(peak - below, 1e-9)
    falling = (above - points) / np.maximum(above - peak, 1e-9)
    return np.maximum(np.minimum(rising, falling), 0)
'''

MEL_FILTERS = '''
def mel_filters(count, fmin, fmax, sample_rate, n_fft):
    """Weights of the bins for each band: triangles equally far apart in mel, as Slaney's."""

    def mel(hz):
        return hz * 3 / 200 if hz < 1000 else 15 + math.log(hz / 1000) * 27 / math.log(6.4)

    steps = np.linspace(mel(fmin), mel(fmax), count + 2)
    curved = 1000 * np.exp(np.maximum(steps - 15, 0) * math.log(6.4) / 27)
    edges = np.where(steps < 15, steps * 200 / 3, curved)
    edges[0], edges[-1] = fmin, fmax
    below, peak, above = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    hz = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    return triangles(hz, below, peak, above) * 2 / np.maximum(above - below, 1e-9)
'''

OCTAVE_FILTERS = '''
def octave_filters(count, fmin, bins_per_octave, sample_rate, n_fft):
    """Weights of the bins for each row, at equal steps of an octave from fmin Hz up."""
    step = sample_rate / n_fft
    peaks = fmin * 2 ** (np.arange(-1, count + 1)[:, None] / bins_per_octave)
    below, peak, above = peaks[:-2], peaks[1:-1], peaks[2:]
    hz = np.arange(n_fft // 2 + 1) * step
    weights = triangles(hz, np.minimum(below, peak - step), peak, np.maximum(above, peak + step))
    return weights / weights.sum(axis=1, keepdims=True)
'''

WITHIN = '''
def within(places, low, high=math.inf):
    """Which places lie from low to high, both included."""
    slack = 1e-9 * places[-1]
    return (places >= low - slack) & (places <= high + slack)
'''

RUNNING_MEDIANS = {
    "torch": '''
def running_median(x, size):
    """The median of each value and its neighbours along the last axis."""
    padded = mirrored_with_edge(x, size // 2, size // 2, dim=-1)
    rows = [row.unfold(-1, size, 1).median(dim=-1).values for row in padded.flatten(0, 1)]
    return torch.stack(rows).reshape(x.shape)


def running_medians(x, size):
    """Medians along time leave level lines, those along frequency upright ones."""
    return running_median(x, size), running_median(x.mT, size).mT
''',
    "numpy": '''
def running_medians(x, size):
    """Medians along time leave level lines, those along frequency upright ones."""
    level = ndimage.median_filter(x, (1, 1, size), mode="reflect")
    return level, ndimage.median_filter(x, (1, size, 1), mode="reflect")
''',
}

SHARE = {
    "torch": '''
def share(own, other, margin):
    """own^2 / (own^2 + (margin other)^2); of two zeros each has half, or nothing with a margin."""
    other = other * margin
    largest = torch.maximum(own, other)
    silent = largest < 2**-126
    largest = largest.masked_fill(silent, 1)
    own, other = (own / largest) ** 2, (other / largest) ** 2
    return torch.where(silent, 0.5 if margin == 1 else 0.0, own / (own + other))
''',
    "numpy": '''
def share(own, other, margin):
    """own^2 / (own^2 + (margin other)^2); of two zeros each has half, or nothing with a margin."""
    other = other * margin
    largest = np.maximum(own, other)
    silent = largest < 2**-126
    largest = np.where(silent, 1, largest)
    own, other = (own / largest) ** 2, (other / largest) ** 2
    found = own / np.where(silent, 1, own + other)
    return np.where(silent, 0.5 if margin == 1 else 0.0, found).astype(np.float32)
''',
}

READING = '''
def reading(places, length):
    """Weights that read an axis at places: between points, or as far as the neighbouring places."""
    steps = np.abs(np.diff(places)) if len(places) > 1 else np.ones(1)
    before = np.maximum(np.append(steps[:1], steps), 1)
    after = np.maximum(np.append(steps, steps[-1:]), 1)
    lowest, highest = 0, -1
    if places[0] > places[-1]:
        before, after, lowest, highest = after, before, -1, 0
    places = np.clip(places, 0, length - 1)
    before[lowest] = max(before[lowest], places[lowest] + 1)
    after[highest] = max(after[highest], length - places[highest])
    feet = (places - before)[:, None], places[:, None], (places + after)[:, None]
    weights = triangles(np.arange(length), *feet)
    return weights / weights.sum(axis=1, keepdims=True)
'''

LEVEL_FACTOR = '''
def level_factor(x, window, level_db):
    """What brings the sound of these magnitudes to level_db below full scale, by Parseval."""
    n_fft = len(window)
    sides = np.full((n_fft // 2 + 1, 1), 2.0)  # all but the outermost bins stand for two
    sides[0] = 1
    if n_fft % 2 == 0:
        sides[-1] = 1
    energy = (np.asarray(x, float) ** 2 * sides).sum(axis=-2).mean()
    rms = math.sqrt(energy / (n_fft * (np.asarray(window, float) ** 2).sum()))
    return 10 ** (level_db / 20) / rms if rms > 0 else 0.0
'''


def _both(text: str) -> dict[str, str]:
    return {"torch": text, "numpy": text}


SOUND_FUNCTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "stft": {"numpy": STFT}, "istft": ISTFT, "torch_rand": {"numpy": TORCH_RAND},
        "triangles": _both(TRIANGLES), "mel_filters": _both(MEL_FILTERS), "octave_filters": _both(OCTAVE_FILTERS),
        "within": _both(WITHIN), "running_medians": RUNNING_MEDIANS, "share": SHARE, "reading": _both(READING),
        "level_factor": _both(LEVEL_FACTOR),
    }
)  # fmt: skip
"""Sources by name and flavour, in the order in which they stand in a program."""
