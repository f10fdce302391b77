"""Which functions may a program need?  Their sources, in both flavours; a program gets those that it calls.

Here stand those for pictures and sounds; ``code_sound_functions`` has those for spectrograms.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

UNPACKED = '''
def unpacked(text):
    """Numbers of float32 from letters: base64 of what zlib packed."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<f4").copy()
'''

MIRRORED = '''
def mirrored(x, before, after, dim):
    """Continue one axis by its mirror image, however far: F.pad ends where the picture does."""
    n = x.shape[dim]
    i = torch.arange(-before, n + after) % max(1, 2 * (n - 1))
    return x.index_select(dim, torch.minimum(i, 2 * (n - 1) - i))
'''

MIRRORED_WITH_EDGE = '''
def mirrored_with_edge(x, before, after, dim):
    """Continue one axis by its mirror image, the edge repeated: a border that F.pad lacks."""
    n = x.shape[dim]
    i = torch.arange(-before, n + after) % (2 * n)
    return x.index_select(dim, torch.minimum(i, 2 * n - 1 - i))
'''

REPEATED = '''
def repeated(x, before, after, dim):
    """Continue one axis by itself, again and again: F.pad goes round only once."""
    i = torch.arange(-before, x.shape[dim] + after) % x.shape[dim]
    return x.index_select(dim, i)
'''

STUFFED = {
    "torch": '''
def stuffed(x, *ups):
    """Put up - 1 zeros between neighbours along each of the last axes."""
    first = x.ndim - len(ups)
    sizes = [(n - 1) * up + 1 for n, up in zip(x.shape[first:], ups)]
    y = x.new_zeros(*x.shape[:first], *sizes)
    y[(..., *(slice(None, None, up) for up in ups))] = x
    return y
''',
    "numpy": '''
def stuffed(x, *ups):
    """Put up - 1 zeros between neighbours along each of the last axes."""
    first = x.ndim - len(ups)
    sizes = [(n - 1) * up + 1 for n, up in zip(x.shape[first:], ups)]
    y = np.zeros((*x.shape[:first], *sizes), x.dtype)
    y[(..., *(slice(None, None, up) for up in ups))] = x
    return y
''',
}

CORRELATE = {
    "torch": '''
def correlate(x, kernel):
    """Lay the kernel on every place of x where it fits, and sum the products.

    By Fourier transforms, in which sums over a large kernel are single products.
    """
    size = x.shape[1:]
    axes = tuple(range(-len(size), 0))
    spectrum = torch.fft.rfftn(x.double(), dim=axes)
    spectrum = spectrum * torch.fft.rfftn(kernel.double(), s=size, dim=axes).conj()
    y = torch.fft.irfftn(spectrum, s=size, dim=axes)
    fits = (slice(n - kernel.shape[axis] + 1) for axis, n in zip(axes, size))
    return y[(..., *fits)].float()
''',
    "numpy": '''
def correlate(x, kernel):
    """Lay the kernel on every place where it fits, each channel alone, and sum the products."""
    kernels = np.broadcast_to(kernel, (len(x), *kernel.shape[-(x.ndim - 1) :]))
    pairs = zip(x.astype(float), kernels.astype(float))
    return np.stack([signal.correlate(*pair, mode="valid") for pair in pairs]).astype(np.float32)
''',
}

MIXED = '''
def mixed(x, kernel, groups):
    """Each new channel is the sum of its group's channels, each correlated with taps of its own."""
    inputs, outputs = kernel.shape[1], len(kernel) // groups
    sums = []
    for i, taps in enumerate(kernel):
        first = i // outputs * inputs
        sums.append(correlate(x[first : first + inputs], taps).sum(axis=0))
    return np.stack(sums)
'''

BETWEEN_0_AND_1 = {
    "torch": '''
def between_0_and_1(x):
    """The smallest value becomes 0 and the largest 1; values that are all alike become 0."""
    low, high = x.aminmax()
    if high - low <= 64 * 2**-23 * x.abs().max():
        return torch.zeros_like(x)
    return (x - low) / (high - low)
''',
    "numpy": '''
def between_0_and_1(x):
    """The smallest value becomes 0 and the largest 1; values that are all alike become 0."""
    low, high = x.min(), x.max()
    if high - low <= 64 * 2**-23 * np.abs(x).max():
        return np.zeros_like(x)
    return (x - low) / (high - low)
''',
}

STANDARDISED = {
    "torch": '''
def standardised(x):
    """The mean becomes 0 and the standard deviation 1; values that are all alike become 0."""
    if x.max() - x.min() <= 64 * 2**-23 * x.abs().max():
        return torch.zeros_like(x)
    return (x - x.mean()) / x.std(correction=0)
''',
    "numpy": '''
def standardised(x):
    """The mean becomes 0 and the standard deviation 1; values that are all alike become 0."""
    if x.max() - x.min() <= 64 * 2**-23 * np.abs(x).max():
        return np.zeros_like(x)
    return np.float32((x - x.mean(dtype=float)) / x.std(dtype=float))
''',
}

NORMAL_NOISE = '''
def normal_noise(shape, seed):
    """Numbers of mean 0 and deviation 1 by Box and Muller, from random bits that never change."""
    count = math.prod(shape)
    bits = np.random.PCG64(seed).random_raw(count + count % 2) >> np.uint64(11)
    distance = np.sqrt(-2 * np.log((bits[0::2] + np.uint64(1)) * 2.0**-53))
    angle = bits[1::2] * (2.0**-53 * 2 * math.pi)
    points = np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1)
    return points.ravel()[:count].reshape(shape)
'''

UNIFORM_NOISE = '''
def uniform_noise(shape, seed):
    """Numbers from -1 to 1, from random bits that never change."""
    bits = np.random.PCG64(seed).random_raw(math.prod(shape)) >> np.uint64(11)
    return (bits * 2.0**-52 - 1).reshape(shape)
'''

MEDIANS = {
    "torch": '''
def medians(windows):
    """The middle value of each window, or the mean of two; NaN stands where there is no value."""
    rows = []
    for row in windows.unbind(1):
        values = row.flatten(-2).sort(dim=-1).values  # NaN comes last
        count = (~values.isnan()).sum(dim=-1, keepdim=True)
        rows.append((values.gather(-1, (count - 1) // 2) + values.gather(-1, count // 2)) / 2)
    return torch.stack(rows, dim=1)[..., 0]
''',
    "numpy": '''
def medians(windows):
    """The middle value of each window, or the mean of two; NaN stands where there is no value."""
    rows = []
    for row in windows.swapaxes(0, 1):
        values = np.sort(row.reshape(*row.shape[:2], -1), axis=-1)  # NaN comes last
        count = (~np.isnan(values)).sum(axis=-1, keepdims=True)
        pair = [np.take_along_axis(values, i, axis=-1) for i in ((count - 1) // 2, count // 2)]
        rows.append((pair[0] + pair[1]) / 2)
    return np.stack(rows, axis=1)[..., 0]
''',
}

NEAREST = {
    "torch": '''
def nearest(x, up, down, dim):
    """The sample nearest to each place, down / up samples apart; of two the earlier."""
    n = x.shape[dim]
    place = torch.arange(-(-n * up // down)) * down
    return x.index_select(dim, ((2 * place + up - 1) // (2 * up)).clamp(max=n - 1))
''',
    "numpy": '''
def nearest(x, up, down, dim):
    """The sample nearest to each place, down / up samples apart; of two the earlier."""
    n = x.shape[dim]
    place = np.arange(-(-n * up // down)) * down
    return np.take(x, np.minimum((2 * place + up - 1) // (2 * up), n - 1), axis=dim)
''',
}

ON_STRAIGHT_LINES = {
    "torch": '''
def on_straight_lines(x, up, down, dim):
    """Values at places down / up samples apart, on straight lines from sample to sample."""
    n = x.shape[dim]
    place = torch.arange(-(-n * up // down)) * down
    before, part = place // up, (place % up) / up
    after = (before + 1).clamp(max=n - 1)
    part = part if dim == -1 else part[:, None]
    return torch.lerp(x.index_select(dim, before), x.index_select(dim, after), part)
''',
    "numpy": '''
def on_straight_lines(x, up, down, dim):
    """Values at places down / up samples apart, on straight lines from sample to sample."""
    n = x.shape[dim]
    place = np.arange(-(-n * up // down)) * down
    before, part = place // up, np.float32(place % up / up)
    first = np.take(x, before, axis=dim)
    second = np.take(x, np.minimum(before + 1, n - 1), axis=dim)
    return first + (second - first) * (part if dim == -1 else part[:, None])
''',
}

SINC_TAPS = '''
def sinc_taps(behind, share):
    """A sinc under a Kaiser window (90 dB), for a result that lies behind a sample."""
    half = 82.05 / (2.285 * math.pi * 0.1) / 2
    reach = math.ceil(half / share)
    offset = np.arange(-reach, reach + 1) - behind
    inside = np.maximum(1 - (offset * share / half) ** 2, 0)
    taps = np.i0(0.1102 * 81.3 * np.sqrt(inside)) * (inside > 0) * np.sinc(0.95 * share * offset)
    return taps / taps.sum()
'''

ON_A_SMOOTH_WAVE = {
    "torch": '''
def on_a_smooth_wave(x, up, down, dim, mirror):
    """Values at places down / up samples apart, on the wave through the samples.

    Results equally far behind a sample share their taps: a convolution for each of up kinds.
    """
    x = x.transpose(dim, -1)
    results, share = -(-x.shape[-1] * up // down), min(1, up / down)
    reach = len(sinc_taps(0, share)) // 2
    x = mirrored(x, reach, reach, dim=-1) if mirror else F.pad(x, (reach, reach))
    y = x.new_zeros(*x.shape[:-1], results)
    for first in range(min(up, results)):
        begin, rest = divmod(first * down, up)
        taps = torch.from_numpy(sinc_taps(rest / up, share)).float()
        rows = x[..., begin:].flatten(0, -2)[:, None]
        found = F.conv1d(rows, taps[None, None], stride=down).reshape(*x.shape[:-1], -1)
        places = y[..., first::up]
        places.copy_(found[..., : places.shape[-1]])
    return y.transpose(dim, -1)
''',
    "numpy": '''
def on_a_smooth_wave(x, up, down, dim, mirror):
    """Values at places down / up samples apart, on the wave through the samples.

    Results equally far behind a sample share their taps: a convolution for each of up kinds.
    """
    x = x.swapaxes(dim, -1)
    results, share = -(-x.shape[-1] * up // down), min(1, up / down)
    reach = len(sinc_taps(0, share)) // 2
    sides = [(0, 0)] * (x.ndim - 1) + [(reach, reach)]
    x = np.pad(x, sides, mode="reflect" if mirror else "constant")
    y = np.zeros((*x.shape[:-1], results), np.float32)
    for first in range(min(up, results)):
        begin, rest = divmod(first * down, up)
        taps = sinc_taps(rest / up, share).reshape(*[1] * (x.ndim - 2), -1)
        places = y[..., first::up]
        places[...] = correlate(x[..., begin:], taps)[..., ::down][..., : places.shape[-1]]
    return y.swapaxes(dim, -1)
''',
}


def _both(text: str) -> dict[str, str]:
    return {"torch": text, "numpy": text}


FUNCTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "unpacked": _both(UNPACKED),
        "mirrored": {"torch": MIRRORED}, "mirrored_with_edge": {"torch": MIRRORED_WITH_EDGE},
        "repeated": {"torch": REPEATED},
        "stuffed": STUFFED, "correlate": CORRELATE, "mixed": {"numpy": MIXED},
        "between_0_and_1": BETWEEN_0_AND_1, "standardised": STANDARDISED,
        "normal_noise": _both(NORMAL_NOISE), "uniform_noise": _both(UNIFORM_NOISE),
        "medians": MEDIANS, "nearest": NEAREST, "on_straight_lines": ON_STRAIGHT_LINES,
        "sinc_taps": _both(SINC_TAPS), "on_a_smooth_wave": ON_A_SMOOTH_WAVE,
    }
)  # fmt: skip
"""Sources by name and flavour, in the order in which they stand in a program."""
