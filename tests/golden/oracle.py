"""Reference (oracle) implementation of the convolution playground's operations.

Plain numpy, explicit loops, float64 (complex128 for the STFT).  No torch, no
scipy, no numpy.pad, no numpy.convolve, no FFT: every formula below is the
definition, written out.  It is slow on purpose; use it for small arrays.

Conventions
-----------
* Signals are channel-first and unbatched: 1-D ``(C, L)``, 2-D ``(C, H, W)``.
* Correlation kernels: ``(C_out, C_in // groups, K)`` / ``(..., KH, KW)``.
* Transposed kernels:  ``(C_in, C_out // groups, K)`` / ``(..., KH, KW)``.
* A 1-D ``padding`` is ``(before, after)``; a 2-D one is
  ``(top, bottom, left, right)``.  All per side, all >= 0.
* 2-D ``stride`` / ``dilation`` / window sizes are ``(vertical, horizontal)``.
* "correlate" does not flip the kernel (what deep-learning "conv" layers do);
  "convolve" flips it along every spatial axis (what signal processing does).
* Output length (floor rule):
  ``(n + before + after - (dilation * (k - 1) + 1)) // stride + 1``.
  If the padded input is shorter than the dilated kernel a ValueError is raised.

Padding modes (input ``a b c d``, three values on each side)
    constant   v v v | a b c d | v v v     (v = ``value``, default 0)
    reflect    d c b | a b c d | c b a     mirror, edge NOT repeated
    symmetric  c b a | a b c d | d c b     mirror, edge repeated
    replicate  a a a | a b c d | d d d     nearest edge value
    circular   b c d | a b c d | a b c     wrap around
Pads longer than the signal keep bouncing / wrapping (like numpy.pad).
torch.nn.functional.pad rejects reflect pads >= n and circular pads > n, and it
has no symmetric mode.  ``reflect`` of a length-1 axis repeats its only value.
"""

import math

import numpy as np

PADDING_MODES = ("constant", "reflect", "symmetric", "replicate", "circular")


# ---------------------------------------------------------------------------
# Shape arithmetic
# ---------------------------------------------------------------------------


def correlate_output_length(n, k, before=0, after=0, stride=1, dilation=1):
    """Length of a strided, dilated, padded correlation along one axis."""
    effective = dilation * (k - 1) + 1
    if n < 1 or k < 1 or stride < 1 or dilation < 1:
        raise ValueError("sizes, stride and dilation must be >= 1")
    if before < 0 or after < 0:
        raise ValueError("padding must be >= 0")
    if n + before + after < effective:
        raise ValueError(
            f"padded input ({n + before + after}) is shorter than the dilated kernel ({effective})"
        )
    return (n + before + after - effective) // stride + 1


def transpose_output_length(n, k, stride=1, padding=0, output_padding=0, dilation=1):
    """Length of a transposed convolution along one axis (symmetric padding)."""
    length = (n - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1
    if length < 1:
        raise ValueError(f"transposed output length {length} is not positive")
    return length


def receptive_field(layers):
    """Receptive field and jump of a stack of ``(kernel, stride, dilation)``.

    Returns ``(field, jump)``: how many input samples one final output sees,
    and how many input samples lie between neighbouring final outputs.
    """
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field, jump


def correlate2d_cost(
    c_in,
    c_out,
    height,
    width,
    kernel,
    padding=(0, 0, 0, 0),
    stride=(1, 1),
    dilation=(1, 1),
    groups=1,
    bias=False,
):
    """Arithmetic and element counts of one 2-D correlation layer.

    ``backward_multiplications`` counts both gradients (with respect to the
    input and to the kernel); each of them costs as much as the forward pass.
    """
    top, bottom, left, right = padding
    out_h = correlate_output_length(height, kernel[0], top, bottom, stride[0], dilation[0])
    out_w = correlate_output_length(width, kernel[1], left, right, stride[1], dilation[1])
    per_output = (c_in // groups) * kernel[0] * kernel[1]
    outputs = c_out * out_h * out_w
    weights = c_out * per_output
    inputs = c_in * height * width
    return {
        "output_shape": [c_out, out_h, out_w],
        "multiplications": outputs * per_output,
        "additions": outputs * (per_output - 1 + (1 if bias else 0)),
        "backward_multiplications": 2 * outputs * per_output,
        "parameters": weights + (c_out if bias else 0),
        "forward_elements": inputs + weights + outputs,
        # input, kernel, output gradient, input gradient, kernel gradient
        "backward_elements": 2 * inputs + 2 * weights + outputs,
    }


# ---------------------------------------------------------------------------
# Padding and zero insertion
# ---------------------------------------------------------------------------


def source_index(i, n, mode):
    """Index in ``0..n-1`` that feeds padded position ``i`` (``i`` may be < 0).

    Returns None where the constant value is to be used.
    """
    if 0 <= i < n:
        return i
    if mode == "constant":
        return None
    if mode == "replicate":
        return 0 if i < 0 else n - 1
    if mode == "circular":
        return i % n
    if mode == "reflect":
        if n == 1:
            return 0
        period = 2 * (n - 1)
        i %= period
        return i if i < n else period - i
    if mode == "symmetric":
        period = 2 * n
        i %= period
        return i if i < n else period - 1 - i
    raise ValueError(f"unknown padding mode {mode!r}")


def pad1d(x, padding, mode="constant", value=0.0):
    """``(C, L)`` -> ``(C, before + L + after)``."""
    x = np.asarray(x, dtype=np.float64)
    channels, n = x.shape
    before, after = padding
    out = np.empty((channels, before + n + after))
    for c in range(channels):
        for i in range(-before, n + after):
            j = source_index(i, n, mode)
            out[c, i + before] = value if j is None else x[c, j]
    return out


def pad2d(x, padding, mode="constant", value=0.0):
    """``(C, H, W)`` -> ``(C, top + H + bottom, left + W + right)``."""
    x = np.asarray(x, dtype=np.float64)
    channels, height, width = x.shape
    top, bottom, left, right = padding
    out = np.empty((channels, top + height + bottom, left + width + right))
    for c in range(channels):
        for i in range(-top, height + bottom):
            row = source_index(i, height, mode)
            for j in range(-left, width + right):
                col = source_index(j, width, mode)
                inside = row is not None and col is not None
                out[c, i + top, j + left] = x[c, row, col] if inside else value
    return out


def insert_zeros1d(x, factor):
    """``(C, L)`` -> ``(C, (L - 1) * factor + 1)``: ``factor - 1`` zeros between
    neighbouring samples.  This is what a stride of ``1 / factor`` does first."""
    x = np.asarray(x, dtype=np.float64)
    channels, n = x.shape
    out = np.zeros((channels, (n - 1) * factor + 1))
    for c in range(channels):
        for i in range(n):
            out[c, i * factor] = x[c, i]
    return out


def insert_zeros2d(x, factor):
    """2-D ``insert_zeros1d``; ``factor`` is ``(vertical, horizontal)``."""
    x = np.asarray(x, dtype=np.float64)
    channels, height, width = x.shape
    out = np.zeros((channels, (height - 1) * factor[0] + 1, (width - 1) * factor[1] + 1))
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                out[c, i * factor[0], j * factor[1]] = x[c, i, j]
    return out


# ---------------------------------------------------------------------------
# Correlation and true convolution
# ---------------------------------------------------------------------------


def _check_groups(c_in, c_out, w_in, groups):
    if groups < 1 or c_in % groups or c_out % groups:
        raise ValueError("groups must divide both channel counts")
    if w_in != c_in // groups:
        raise ValueError(f"kernel expects {w_in} input channels per group, input has {c_in // groups}")


def correlate1d(x, w, bias=None, padding=(0, 0), mode="constant", value=0.0, stride=1, dilation=1, groups=1):
    """1-D cross-correlation.

    x ``(C_in, L)``, w ``(C_out, C_in // groups, K)``, bias ``(C_out,)`` or None
    -> ``(C_out, L_out)``.
    """
    x = np.asarray(x, dtype=np.float64)
    w = np.asarray(w, dtype=np.float64)
    c_out, w_in, k = w.shape
    _check_groups(x.shape[0], c_out, w_in, groups)
    out_len = correlate_output_length(x.shape[1], k, *padding, stride, dilation)
    padded = pad1d(x, padding, mode, value)
    out = np.zeros((c_out, out_len))
    for o in range(c_out):
        first = (o // (c_out // groups)) * w_in  # first channel of the group
        for i in range(out_len):
            total = 0.0 if bias is None else float(bias[o])
            for c in range(w_in):
                for a in range(k):
                    total += padded[first + c, i * stride + a * dilation] * w[o, c, a]
            out[o, i] = total
    return out


def correlate2d(
    x,
    w,
    bias=None,
    padding=(0, 0, 0, 0),
    mode="constant",
    value=0.0,
    stride=(1, 1),
    dilation=(1, 1),
    groups=1,
):
    """2-D cross-correlation.

    x ``(C_in, H, W)``, w ``(C_out, C_in // groups, KH, KW)``, bias ``(C_out,)``
    or None -> ``(C_out, H_out, W_out)``.
    """
    x = np.asarray(x, dtype=np.float64)
    w = np.asarray(w, dtype=np.float64)
    c_out, w_in, kh, kw = w.shape
    _check_groups(x.shape[0], c_out, w_in, groups)
    top, bottom, left, right = padding
    out_h = correlate_output_length(x.shape[1], kh, top, bottom, stride[0], dilation[0])
    out_w = correlate_output_length(x.shape[2], kw, left, right, stride[1], dilation[1])
    padded = pad2d(x, padding, mode, value)
    out = np.zeros((c_out, out_h, out_w))
    for o in range(c_out):
        first = (o // (c_out // groups)) * w_in
        for i in range(out_h):
            for j in range(out_w):
                total = 0.0 if bias is None else float(bias[o])
                for c in range(w_in):
                    for a in range(kh):
                        for b in range(kw):
                            total += (
                                padded[
                                    first + c,
                                    i * stride[0] + a * dilation[0],
                                    j * stride[1] + b * dilation[1],
                                ]
                                * w[o, c, a, b]
                            )
                out[o, i, j] = total
    return out


def flip_kernel(w, spatial_axes):
    """Reverse the last ``spatial_axes`` axes of ``w`` (channels untouched)."""
    w = np.asarray(w, dtype=np.float64)
    return w[(Ellipsis,) + (slice(None, None, -1),) * spatial_axes]


def convolve1d(x, w, **options):
    """True 1-D convolution: ``correlate1d`` with the kernel reversed."""
    return correlate1d(x, flip_kernel(w, 1), **options)


def convolve2d(x, w, **options):
    """True 2-D convolution: ``correlate2d`` with both kernel axes reversed."""
    return correlate2d(x, flip_kernel(w, 2), **options)


def fractional_correlate1d(x, w, up, **options):
    """Stride ``1 / up``: insert ``up - 1`` zeros, then ``correlate1d``.

    x ``(C_in, L)``, w ``(C_out, C_in // groups, K)``; padding and the other
    options apply to the zero-stuffed signal of length ``(L - 1) * up + 1``.
    """
    return correlate1d(insert_zeros1d(x, up), w, **options)


def fractional_correlate2d(x, w, up, **options):
    """2-D ``fractional_correlate1d``; ``up`` is ``(vertical, horizontal)``."""
    return correlate2d(insert_zeros2d(x, up), w, **options)


# ---------------------------------------------------------------------------
# Transposed convolution (scatter-add)
# ---------------------------------------------------------------------------


def conv_transpose1d(x, w, bias=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Every input sample stamps a scaled copy of the kernel on the output.

    x ``(C_in, L)``, w ``(C_in, C_out // groups, K)`` -> ``(C_out, L_out)``.
    ``padding`` samples are cut from both ends of the full canvas;
    ``output_padding`` then extends the far end (with zeros where no stamp
    reaches).
    """
    x = np.asarray(x, dtype=np.float64)
    w = np.asarray(w, dtype=np.float64)
    c_in, n = x.shape
    w_in, out_per_group, k = w.shape
    if w_in != c_in or c_in % groups:
        raise ValueError("kernel and input channels disagree")
    in_per_group = c_in // groups
    c_out = out_per_group * groups
    out_len = transpose_output_length(n, k, stride, padding, output_padding, dilation)
    out = np.zeros((c_out, out_len))
    for c in range(c_in):
        group = c // in_per_group
        for o in range(out_per_group):
            for i in range(n):
                for a in range(k):
                    t = i * stride + a * dilation - padding
                    if 0 <= t < out_len:
                        out[group * out_per_group + o, t] += x[c, i] * w[c, o, a]
    if bias is not None:
        for o in range(c_out):
            out[o] += float(bias[o])
    return out


def conv_transpose2d(
    x, w, bias=None, stride=(1, 1), padding=(0, 0), output_padding=(0, 0), dilation=(1, 1), groups=1
):
    """2-D transposed convolution by scatter-add.

    x ``(C_in, H, W)``, w ``(C_in, C_out // groups, KH, KW)``
    -> ``(C_out, H_out, W_out)``.  Here ``padding`` is ``(vertical, horizontal)``
    and is cut from both ends of its axis.
    """
    x = np.asarray(x, dtype=np.float64)
    w = np.asarray(w, dtype=np.float64)
    c_in, height, width = x.shape
    w_in, out_per_group, kh, kw = w.shape
    if w_in != c_in or c_in % groups:
        raise ValueError("kernel and input channels disagree")
    in_per_group = c_in // groups
    c_out = out_per_group * groups
    out_h = transpose_output_length(height, kh, stride[0], padding[0], output_padding[0], dilation[0])
    out_w = transpose_output_length(width, kw, stride[1], padding[1], output_padding[1], dilation[1])
    out = np.zeros((c_out, out_h, out_w))
    for c in range(c_in):
        group = c // in_per_group
        for o in range(out_per_group):
            for i in range(height):
                for j in range(width):
                    for a in range(kh):
                        for b in range(kw):
                            s = i * stride[0] + a * dilation[0] - padding[0]
                            t = j * stride[1] + b * dilation[1] - padding[1]
                            if 0 <= s < out_h and 0 <= t < out_w:
                                out[group * out_per_group + o, s, t] += x[c, i, j] * w[c, o, a, b]
    if bias is not None:
        for o in range(c_out):
            out[o] += float(bias[o])
    return out


# ---------------------------------------------------------------------------
# Pooling
# ---------------------------------------------------------------------------


def _reduce_window(values, window_size, kind, count_include_pad):
    """Reduce the real (un-padded) values of one window to a number."""
    if kind == "avg" and count_include_pad:
        return sum(values) / window_size
    if not values:
        raise ValueError("a pooling window lies entirely in the padding")
    if kind == "max":
        return max(values)
    if kind == "min":
        return min(values)
    if kind == "avg":
        return sum(values) / len(values)
    raise ValueError(f"unknown pooling kind {kind!r}")


def pool1d(x, window, kind="max", stride=None, padding=(0, 0), count_include_pad=True):
    """``(C, L)`` -> ``(C, L_out)``; ``stride`` defaults to ``window``.

    max / min ignore the padding; avg counts it as zeros
    (``count_include_pad=True``) or leaves it out of the mean (False).
    """
    x = np.asarray(x, dtype=np.float64)
    channels, n = x.shape
    stride = window if stride is None else stride
    out_len = correlate_output_length(n, window, *padding, stride)
    out = np.empty((channels, out_len))
    for c in range(channels):
        for i in range(out_len):
            start = i * stride - padding[0]
            values = [x[c, t] for t in range(start, start + window) if 0 <= t < n]
            out[c, i] = _reduce_window(values, window, kind, count_include_pad)
    return out


def pool2d(x, window, kind="max", stride=None, padding=(0, 0, 0, 0), count_include_pad=True):
    """``(C, H, W)`` -> ``(C, H_out, W_out)``; see ``pool1d``."""
    x = np.asarray(x, dtype=np.float64)
    channels, height, width = x.shape
    stride = tuple(window) if stride is None else stride
    top, bottom, left, right = padding
    out_h = correlate_output_length(height, window[0], top, bottom, stride[0])
    out_w = correlate_output_length(width, window[1], left, right, stride[1])
    out = np.empty((channels, out_h, out_w))
    for c in range(channels):
        for i in range(out_h):
            for j in range(out_w):
                row, col = i * stride[0] - top, j * stride[1] - left
                values = [
                    x[c, s, t]
                    for s in range(row, row + window[0])
                    if 0 <= s < height
                    for t in range(col, col + window[1])
                    if 0 <= t < width
                ]
                out[c, i, j] = _reduce_window(values, window[0] * window[1], kind, count_include_pad)
    return out


def max_by_relu(a, b):
    """``max(a, b) = b + ReLU(a - b)``, elementwise; shapes equal."""
    a = np.asarray(a, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    out = np.empty(a.shape)
    for position in np.ndindex(a.shape):
        difference = a[position] - b[position]
        out[position] = b[position] + (difference if difference > 0 else 0.0)
    return out


# ---------------------------------------------------------------------------
# Batch normalisation
# ---------------------------------------------------------------------------


def batch_statistics(x):
    """Per-channel mean and BIASED variance of ``(N, C, ...)`` -> two ``(C,)``."""
    x = np.asarray(x, dtype=np.float64)
    channels = x.shape[1]
    mean, variance = np.zeros(channels), np.zeros(channels)
    for c in range(channels):
        values = [float(v) for v in x[:, c].reshape(-1)]
        mean[c] = math.fsum(values) / len(values)
        variance[c] = math.fsum((v - mean[c]) ** 2 for v in values) / len(values)
    return mean, variance


def batch_norm(x, gamma=None, beta=None, eps=1e-5, mean=None, variance=None):
    """``gamma * (x - mean) / sqrt(variance + eps) + beta`` per channel.

    x ``(N, C, ...)`` -> same shape.  Train mode when ``mean`` / ``variance``
    are None (statistics of this batch, biased variance); otherwise eval mode.
    """
    x = np.asarray(x, dtype=np.float64)
    channels = x.shape[1]
    if mean is None or variance is None:
        mean, variance = batch_statistics(x)
    out = np.empty(x.shape)
    for c in range(channels):
        scale = (1.0 if gamma is None else gamma[c]) / math.sqrt(variance[c] + eps)
        shift = 0.0 if beta is None else beta[c]
        for position in np.ndindex(x[:, c].shape):
            index = (position[0], c) + position[1:]
            out[index] = (x[index] - mean[c]) * scale + shift
    return out


# ---------------------------------------------------------------------------
# Short-time Fourier transform as a strided correlation
# ---------------------------------------------------------------------------


def hann_window(n, periodic=True):
    """``(n,)`` Hann window; periodic divides the cosine by n, else by n - 1."""
    if n == 1:
        return np.ones(1)
    period = n if periodic else n - 1
    return np.array([0.5 - 0.5 * _cos_turn(i, period) for i in range(n)])


def _cos_turn(numerator, denominator):
    """cos(2 pi numerator / denominator), exact at multiples of a quarter turn."""
    numerator %= denominator
    if numerator * 4 % denominator == 0:
        return (1.0, 0.0, -1.0, 0.0)[numerator * 4 // denominator]
    return math.cos(2.0 * math.pi * numerator / denominator)


def _sin_turn(numerator, denominator):
    """sin(2 pi numerator / denominator), exact at multiples of a quarter turn."""
    numerator %= denominator
    if numerator * 4 % denominator == 0:
        return (0.0, 1.0, 0.0, -1.0)[numerator * 4 // denominator]
    return math.sin(2.0 * math.pi * numerator / denominator)


def stft_kernels(n_fft, window):
    """``(2 * F, 1, n_fft)`` kernels, ``F = n_fft // 2 + 1``: first the windowed
    cosines (real part), then the windowed negative sines (imaginary part)."""
    bins = n_fft // 2 + 1
    kernels = np.zeros((2 * bins, 1, n_fft))
    for f in range(bins):
        for t in range(n_fft):
            kernels[f, 0, t] = window[t] * _cos_turn(f * t, n_fft)
            kernels[bins + f, 0, t] = -window[t] * _sin_turn(f * t, n_fft)
    return kernels


def stft(x, n_fft, hop_length, window="hann", center=True):
    """One-sided STFT of ``(L,)`` -> complex ``(n_fft // 2 + 1, frames)``.

    A correlation with stride ``hop_length`` of the signal (reflect-padded by
    ``n_fft // 2`` on both sides when ``center``) with ``stft_kernels``.
    ``window`` is "hann" (periodic), "rect" or a list of ``n_fft`` numbers.
    Same as torch.stft(..., onesided=True, normalized=False).
    """
    x = np.asarray(x, dtype=np.float64)
    if isinstance(window, str):
        window = {"hann": hann_window, "rect": np.ones}[window](n_fft)
    half = n_fft // 2 if center else 0
    bins = n_fft // 2 + 1
    parts = correlate1d(
        x[None, :], stft_kernels(n_fft, window), padding=(half, half), mode="reflect", stride=hop_length
    )
    return parts[:bins] + 1j * parts[bins:]


# ---------------------------------------------------------------------------
# Matrix forms
# ---------------------------------------------------------------------------


def im2col2d(x, kernel, padding=(0, 0, 0, 0), mode="constant", value=0.0, stride=(1, 1), dilation=(1, 1)):
    """Patches as COLUMNS: ``(C, H, W)`` -> ``(C * KH * KW, H_out * W_out)``.

    Then ``correlate2d(x, w) == w.reshape(C_out, -1) @ im2col2d(x, ...)``.
    (With patches as rows the product is ``patches @ w.reshape(C_out, -1).T``.)
    """
    x = np.asarray(x, dtype=np.float64)
    top, bottom, left, right = padding
    kh, kw = kernel
    out_h = correlate_output_length(x.shape[1], kh, top, bottom, stride[0], dilation[0])
    out_w = correlate_output_length(x.shape[2], kw, left, right, stride[1], dilation[1])
    padded = pad2d(x, padding, mode, value)
    columns = np.zeros((x.shape[0] * kh * kw, out_h * out_w))
    for c in range(x.shape[0]):
        for a in range(kh):
            for b in range(kw):
                for i in range(out_h):
                    for j in range(out_w):
                        columns[(c * kh + a) * kw + b, i * out_w + j] = padded[
                            c, i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1]
                        ]
    return columns


def correlation_matrix1d(w, n, padding=(0, 0), mode="constant", stride=1, dilation=1):
    """Matrix ``T`` ``(L_out, n)`` with ``T @ x == correlate1d`` of one channel.

    w ``(K,)``.  Toeplitz for stride 1 and zero padding.  Its transpose is the
    transposed convolution: ``T.T @ y == conv_transpose1d(y, w)`` (zero padding).
    """
    w = np.asarray(w, dtype=np.float64)
    out_len = correlate_output_length(n, len(w), *padding, stride, dilation)
    matrix = np.zeros((out_len, n))
    for i in range(out_len):
        for a in range(len(w)):
            j = source_index(i * stride + a * dilation - padding[0], n, mode)
            if j is not None:
                matrix[i, j] += w[a]
    return matrix


def correlation_matrix2d(w, shape, padding=(0, 0, 0, 0), mode="constant", stride=(1, 1), dilation=(1, 1)):
    """Doubly-blocked Toeplitz matrix ``(H_out * W_out, H * W)``; w ``(KH, KW)``.

    ``T @ x.reshape(-1) == correlate2d`` of one channel, row-major.
    """
    w = np.asarray(w, dtype=np.float64)
    height, width = shape
    top, bottom, left, right = padding
    kh, kw = w.shape
    out_h = correlate_output_length(height, kh, top, bottom, stride[0], dilation[0])
    out_w = correlate_output_length(width, kw, left, right, stride[1], dilation[1])
    matrix = np.zeros((out_h * out_w, height * width))
    for i in range(out_h):
        for j in range(out_w):
            for a in range(kh):
                row = source_index(i * stride[0] + a * dilation[0] - top, height, mode)
                if row is None:
                    continue
                for b in range(kw):
                    col = source_index(j * stride[1] + b * dilation[1] - left, width, mode)
                    if col is not None:
                        matrix[i * out_w + j, row * width + col] += w[a, b]
    return matrix


# ---------------------------------------------------------------------------
# Kernel algebra
# ---------------------------------------------------------------------------


def full_convolve1d(a, b):
    """Full convolution of ``(m,)`` and ``(n,)`` -> ``(m + n - 1,)``."""
    a = np.asarray(a, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    out = np.zeros(len(a) + len(b) - 1)
    for i in range(len(a)):
        for j in range(len(b)):
            out[i + j] += a[i] * b[j]
    return out


def full_convolve2d(a, b):
    """Full convolution of two matrices; sizes add up minus one per axis."""
    a = np.asarray(a, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    out = np.zeros((a.shape[0] + b.shape[0] - 1, a.shape[1] + b.shape[1] - 1))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(b.shape[0]):
                for m in range(b.shape[1]):
                    out[i + k, j + m] += a[i, j] * b[k, m]
    return out


def compose_kernels1d(first, second, first_stride=1):
    """One kernel that replaces two layers (no bias, no padding in between).

    ``correlate(correlate(x, first, stride=s), second, stride=t)
    == correlate(x, composed, stride=s * t)``; the composed size is
    ``k1 + s * (k2 - 1)``.  Holds for correlation AND true convolution layers.
    """
    stuffed = insert_zeros1d(np.asarray(second, dtype=np.float64)[None], first_stride)[0]
    return full_convolve1d(first, stuffed)


def compose_kernels2d(first, second, first_stride=(1, 1)):
    """2-D ``compose_kernels1d``."""
    stuffed = insert_zeros2d(np.asarray(second, dtype=np.float64)[None], first_stride)[0]
    return full_convolve2d(first, stuffed)


def finite_difference_kernel(order):
    """Smallest correlation kernel of the ``order``-th derivative: ``order + 1``
    taps, ``[-1, 1]`` composed with itself (order 2 gives ``[1, -2, 1]``)."""
    kernel = np.ones(1)
    for _ in range(order):
        kernel = full_convolve1d(kernel, [-1.0, 1.0])
    return kernel


def directional_kernel2d(v_x, v_y):
    """2x2 correlation kernel of the derivative along ``(v_x, v_y)``.

    x grows to the right, y grows downwards; the direction is normalised.
    Exact on linear images; zero on flat images and on edges parallel to v.
    """
    norm = math.hypot(v_x, v_y)
    ux, uy = v_x / norm, v_y / norm
    return np.array([[(-ux - uy) / 2, (ux - uy) / 2], [(-ux + uy) / 2, (ux + uy) / 2]])


def gaussian_kernel2d(size, sigma):
    """``(size, size)`` Gaussian sampled at the centred grid, sum 1 (separable)."""
    centre = (size - 1) / 2
    line = [math.exp(-((i - centre) ** 2) / (2 * sigma**2)) for i in range(size)]
    total = math.fsum(line) ** 2
    return np.array([[a * b / total for b in line] for a in line])


# ---------------------------------------------------------------------------
# Golden-vector dispatcher
# ---------------------------------------------------------------------------


def _spatial(function, axes, transposed=False):
    """Let single-channel cases leave out the channel axes."""

    def call(case):
        args = dict(case.get("args", {}))
        x = np.asarray(case["input"], dtype=np.float64)
        w = np.asarray(case["kernel"], dtype=np.float64)
        bare = x.ndim == axes
        if bare:
            x, w = x[None], w[None, None]
        out = function(x, w, **args)
        return out[0] if bare else out

    return call


def _single(function, axes):
    def call(case):
        x = np.asarray(case["input"], dtype=np.float64)
        bare = x.ndim == axes
        out = function(x[None] if bare else x, **case.get("args", {}))
        return out[0] if bare and out.ndim == axes + 1 else out

    return call


def _shape_ladder(case):
    """Follow ``(C, H, W)`` or ``(H, W)`` through a list of layers."""
    shape, ladder = list(case["input"]), []
    for layer in case["args"]["layers"]:
        kind = layer["kind"]
        size = shape[-2:]
        k, p = layer.get("kernel", [1, 1]), layer.get("padding", [0, 0])
        s, d = layer.get("stride", [1, 1]), layer.get("dilation", [1, 1])
        if kind in ("conv", "pool"):
            size = [correlate_output_length(size[i], k[i], p[i], p[i], s[i], d[i]) for i in range(2)]
        elif kind == "transpose":
            extra = layer.get("output_padding", [0, 0])
            size = [transpose_output_length(size[i], k[i], s[i], p[i], extra[i], d[i]) for i in range(2)]
        elif kind == "flatten":
            shape = [int(np.prod(shape))]
            ladder.append(list(shape))
            continue
        else:
            raise ValueError(f"unknown layer {kind!r}")
        channels = [layer["channels"]] if "channels" in layer else shape[:-2]
        shape = channels + size
        ladder.append(list(shape))
    return ladder


OPERATIONS = {
    "pad1d": _single(pad1d, 1),
    "pad2d": _single(pad2d, 2),
    "correlate1d": _spatial(correlate1d, 1),
    "correlate2d": _spatial(correlate2d, 2),
    "convolve1d": _spatial(convolve1d, 1),
    "convolve2d": _spatial(convolve2d, 2),
    "fractional_correlate1d": _spatial(fractional_correlate1d, 1),
    "fractional_correlate2d": _spatial(fractional_correlate2d, 2),
    "conv_transpose1d": _spatial(conv_transpose1d, 1),
    "conv_transpose2d": _spatial(conv_transpose2d, 2),
    "pool1d": _single(pool1d, 1),
    "pool2d": _single(pool2d, 2),
    "max_by_relu": lambda c: max_by_relu(*c["input"]),
    "batch_norm": lambda c: batch_norm(c["input"], **c.get("args", {})),
    "stft": lambda c: stft(c["input"], **c["args"]),
    "im2col2d": _single(im2col2d, 2),
    "correlation_matrix1d": lambda c: correlation_matrix1d(c["kernel"], **c["args"]),
    "correlation_matrix2d": lambda c: correlation_matrix2d(c["kernel"], **c["args"]),
    "compose_kernels1d": lambda c: compose_kernels1d(c["input"], c["kernel"], **c.get("args", {})),
    "compose_kernels2d": lambda c: compose_kernels2d(c["input"], c["kernel"], **c.get("args", {})),
    "finite_difference_kernel": lambda c: finite_difference_kernel(**c["args"]),
    "directional_kernel2d": lambda c: directional_kernel2d(**c["args"]),
    "gaussian_kernel2d": lambda c: gaussian_kernel2d(**c["args"]),
    "receptive_field": lambda c: receptive_field(c["args"]["layers"]),
    "correlate2d_cost": lambda c: correlate2d_cost(**c["args"]),
    "shape_ladder": _shape_ladder,
}


def run_case(case):
    """Result of one golden case (array, list, dict); raises for error cases."""
    return OPERATIONS[case["op"]](case)


def check_case(case):
    """True when ``run_case`` reproduces ``case["expected"]`` within its ``tol``."""
    expected = case["expected"]
    if isinstance(expected, dict) and "error" in expected:
        try:
            run_case(case)
        except ValueError:
            return True
        return False
    actual = run_case(case)
    if isinstance(expected, dict) and "re" in expected:
        expected = np.array(expected["re"]) + 1j * np.array(expected["im"])
    elif isinstance(expected, dict):
        return actual == expected
    if case["op"] == "shape_ladder":
        return actual == expected
    actual, expected = np.asarray(actual), np.asarray(expected)
    return actual.shape == expected.shape and bool(np.all(np.abs(actual - expected) <= case.get("tol", 0)))


if __name__ == "__main__":
    import json
    import sys

    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as handle:
            cases = json.load(handle)["cases"]
        failed = [case["id"] for case in cases if not check_case(case)]
        print(f"{path}: {len(cases) - len(failed)}/{len(cases)} agree", failed)
