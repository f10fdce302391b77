"""The loops of ``compiled`` and ``lines``, as machine code: numba makes it when first asked, and keeps it on disk.

Only ``compiled`` imports this: numba takes a quarter of a second to come, and its compiler some seconds, once per
machine.  Every function here is compiled, so none knows more than numbers and arrays of one dtype.  All of it
is one file, as numba asks only the file of ``rows`` and ``lines`` whether what it keeps is still what stands here.

Addresses are unsigned where an index is: numba lets a negative one count from the end, which takes a question each.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

FLAGS = ("contract", "nsz")
SETTINGS = {"nogil": True, "error_model": "numpy", "fastmath": set(FLAGS)}
"""Python's lock is let go; a product and a sum may be one instruction.  NaN and infinity stay what they are."""

COMPILED = not config.DISABLE_JIT
"""Whether these are machine code: a debugger may ask numba to leave them as they stand here."""
REGISTERS = COMPILED and not config.BOUNDSCHECK
"""Whoever has every index checked gets loops that have indices."""

START, STEP, DILATION, TAPS, COUNT, FIRST_TAP, TAP_STEP, FIRST, PERIOD = range(9)
"""Columns of a table of phases: a ``geometry.Window``, the slice of its taps, that of its results."""
VECTOR = 64 if "+avx512f" in get_host_cpu_features() else 32
"""Bytes that are summed at once, the longest register that most machines of the kind have: eight of them, and one for
the tap, are no more than there are."""
TOGETHER, REGISTERS_EACH = 3, 4
"""Rows of results that read their samples together, and what of each is made at once: twelve sums, the sample and three
taps fill the sixteen registers that most machines of the kind have."""
PART = 128
"""Taps that are added up before their sums are: of several times as many in one go, the errors of those that are alike
reach a part in a million."""
WORTH_SHARING = 16
"""Taps of a result that pay for it: a sum of fewer waits for memory anyway."""
NONE = np.int64(0)
"""A zero that numba makes no function of its own for."""
DEEP = 5 * TOGETHER
"""Rows that are summed before their ends are: few enough that these are still in the cache."""
NARROW = 64
"""Samples of a row for each beyond its ends up to which whole rows are looked up, ends and all: that is less than what
the ends alone would take."""
FEW = 8
"""Results at an end of one row that are made one by one: a register waits for what has just been written."""
ENDS, FEW_ENDS = 128, 16
"""Columns at an end of those rows that are looked up at once; fewer where they would be more than ``AT_HAND``."""
AT_HAND = 1 << 15
"""Samples that are looked up at once: they, and as many sums, fit the cache of a core."""


def _block(registers: int, *, in_parts: bool = True) -> Callable:
    """Make as many neighbouring results at once as fill so many registers, all taps of one before its next.

    A processor begins an addition long before the last one is done, but not one that waits for it: eight sums that know
    nothing of each other keep it busy, where one alone takes four times as long.  No loop that numba is given becomes
    this, so it is said in LLVM's own words, which fit every machine.
    """

    @intrinsic
    def block(context, out, to, value, x, at, offsets, taps, used, each):  # noqa: ANN001, ANN202 - types of numba
        def built(context, builder, signature, values):  # noqa: ANN001, ANN202
            y, samples, *lists = _pointers(context, builder, signature, values, (0, 3, 5, 6))
            y, samples, none = builder.gep(y, [values[1]]), builder.gep(samples, [values[4]]), values[7].type(0)

            def add(sweep, sums, first, last):  # noqa: ANN001, ANN202
                return sweep(sums, samples, lists, (first, last), {0: none})

            if in_parts:
                _in_parts(context, builder, signature, values[2], [y], registers, values[7:], add)
            else:
                sweep, spread, _, store = _summing(context, builder, signature, registers)
                (sums,) = add(sweep, [[spread(values[2])] * registers], none, values[7])
                for register, total in enumerate(sums):
                    store(total, y, none.type(register * (VECTOR // context.get_abi_sizeof(values[2].type))))
            return context.get_dummy_value()

        return types.void(out, types.intp, out.dtype, x, types.intp, offsets, taps, types.intp, types.intp), built

    return block


def _some_rows(rows: int, registers: int) -> Callable:
    """The same for ``rows`` of results, one ``below`` the other: a sample that several read is read once.

    Where a register crosses a line of the cache, which every second one does, reading it takes as long as two sums.
    The taps of a row are ``columns`` in number and meet one row of samples; these are ``apart``.
    """

    @intrinsic
    def some_rows(context, out, to, below, value, x, at, apart, offsets, taps, used, each, columns):  # noqa: ANN001, ANN202
        def built(context, builder, signature, values):  # noqa: ANN001, ANN202
            y, samples, *lists = _pointers(context, builder, signature, values, (0, 4, 7, 8))
            columns = values[11]
            back = [builder.mul(columns, columns.type(row)) for row in range(rows)]
            lines = [builder.gep(samples, [builder.add(values[5], builder.mul(values[6], columns.type(row)))]) for row in range(rows)]
            places = [builder.gep(y, [builder.add(values[1], builder.mul(values[2], columns.type(row)))]) for row in range(rows)]

            def add(sweep, sums, first, last):  # noqa: ANN001, ANN202
                starts = [builder.add(first, each) for each in back]
                for row in range(rows - 1):  # samples that the first rows alone read
                    sums = sweep(sums, lines[0], lists, (starts[row], starts[row + 1]), dict(enumerate(back[: row + 1])))
                sums = sweep(sums, lines[0], lists, (starts[rows - 1], last), dict(enumerate(back)))
                for row in range(1, rows):  # and the last ones
                    earlier = {later: back[later - row] for later in range(row, rows)}
                    sums = sweep(sums, lines[row], lists, (builder.sub(last, columns), last), earlier)
                return sums

            _in_parts(context, builder, signature, values[3], places, registers, values[9:11], add)
            return context.get_dummy_value()

        return types.void(out, types.intp, types.intp, out.dtype, x, types.intp, types.intp, offsets, taps, *[types.intp] * 3), built

    return some_rows


def _in_parts(context, builder, signature, value, places, registers, limits, add):  # noqa: ANN001, ANN202 - as above
    """Fill ``places`` with ``value`` and all that ``add`` adds, at most ``each`` taps before what they sum to is added up.

    A sum of many that are alike loses what is small beside it, a sum of sums much less.
    """
    sweep, spread, load, store = _summing(context, builder, signature, registers)
    (used, each), before, none = limits, builder.block, limits[0].type(0)
    part, alone, more, following, after = (
        builder.append_basic_block(name) for name in ("part", "alone", "more", "following", "all_parts")
    )
    builder.branch(part)

    builder.position_at_end(part)
    first = builder.phi(used.type)
    first.add_incoming(none, before)
    end = builder.add(first, each)
    last = builder.select(builder.icmp_signed("<", end, used), end, used)
    begun = builder.icmp_signed("==", first, none)
    start = spread(builder.select(begun, value, ir.Constant(value.type, 0.0)))
    sums = add(sweep, [[start] * registers] * len(places), first, last)
    builder.cbranch(begun, alone, more)
    for block, adding in ((alone, False), (more, True)):
        builder.position_at_end(block)
        for row, place in zip(sums, places, strict=True):
            for register, total in enumerate(row):
                at = used.type(register * (VECTOR // context.get_abi_sizeof(value.type)))
                store(builder.fadd(load(place, at), total) if adding else total, place, at)
        builder.branch(following)

    builder.position_at_end(following)
    first.add_incoming(end, following)
    builder.cbranch(builder.icmp_signed("<", end, used), part, after)
    builder.position_at_end(after)


def _summing(context, builder, signature, registers):  # noqa: ANN001, ANN202 - types of numba and llvmlite
    """How taps are added up, a number for every lane, and how to read and write a register."""
    vector, lanes, load, store = _register(context, builder, signature)

    def spread(value):  # noqa: ANN001, ANN202
        nothing, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        return builder.shuffle_vector(builder.insert_element(nothing, value, first), nothing, _lanes([0] * lanes))

    def sweep(begun, x, lists, limits, earlier):  # noqa: ANN001, ANN202
        """Add the samples of the taps within ``limits`` to some rows, times the tap so many places ``earlier``."""
        (offsets, taps), (first, last), before = lists, limits, builder.block
        every_tap, after = builder.append_basic_block("every_tap"), builder.append_basic_block("after")
        builder.cbranch(builder.icmp_signed("<", first, last), every_tap, after)

        builder.position_at_end(every_tap)
        k = builder.phi(first.type)
        so_far = {row: [builder.phi(vector) for _ in range(registers)] for row in earlier}
        samples = builder.gep(x, [builder.load(builder.gep(offsets, [k]))])
        tap = {row: spread(builder.load(builder.gep(taps, [builder.sub(k, back)]))) for row, back in earlier.items()}
        sums = {row: [] for row in earlier}
        for register in range(registers):
            read = load(samples, first.type(register * lanes))
            for row, total in sums.items():
                total.append(builder.fadd(so_far[row][register], builder.fmul(tap[row], read, flags=FLAGS), flags=FLAGS))
        following = builder.add(k, first.type(1))
        builder.cbranch(builder.icmp_signed("<", following, last), every_tap, after)
        k.add_incoming(first, before)
        k.add_incoming(following, every_tap)

        builder.position_at_end(after)
        made = list(begun)
        for row in earlier:
            made[row] = [builder.phi(vector) for _ in range(registers)]
            for old, going, new, result in zip(begun[row], so_far[row], sums[row], made[row], strict=True):
                for number, came_from in ((old, before), (new, every_tap)):
                    going.add_incoming(number, came_from)
                    result.add_incoming(number, came_from)
        return made

    return sweep, spread, load, store


def _pointers(context, builder, signature, values, which):  # noqa: ANN001, ANN202 - types of numba and llvmlite
    return [context.make_array(signature.args[k])(context, builder, values[k]).data for k in which]


def _register(context, builder, signature):  # noqa: ANN001, ANN202 - types of numba and llvmlite
    """The type of a register of results, how many it holds, and how to read and write one at any place."""
    number = context.get_data_type(signature.args[0].dtype)
    item = context.get_abi_sizeof(number)
    lanes = VECTOR // item
    vector = ir.VectorType(number, lanes)

    def at(pointer, place):  # noqa: ANN001, ANN202
        return builder.bitcast(builder.gep(pointer, [place]), vector.as_pointer())

    def load(pointer, place):  # noqa: ANN001, ANN202
        return builder.load(at(pointer, place), align=item)

    def store(value, pointer, place, *, second=False):  # noqa: ANN001, ANN202
        if not second:
            builder.store(value, at(pointer, place), align=item)
            return
        kept = ir.VectorType(ir.IntType(1), lanes)
        kinds = [vector, vector.as_pointer(), ir.IntType(32), kept]
        name = f"llvm.masked.store.v{lanes}f{8 * item}.p0"
        function = builder.module.globals.get(name) or ir.Function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        every_second = ir.Constant(kept, [lane % 2 == 0 for lane in range(lanes)])
        builder.call(function, [value, at(pointer, place), ir.IntType(32)(item), every_second])

    return vector, lanes, load, store


def _lanes(numbers):  # noqa: ANN001, ANN202 - types of llvmlite
    return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), list(numbers))


@intrinsic
def _evens(context, out, to, every, at):  # noqa: ANN001, ANN202 - types of numba
    """Every second sum, as many as one register holds, side by side: a compiler moves them one by one."""

    def built(context, builder, signature, values):  # noqa: ANN001, ANN202
        _, lanes, load, store = _register(context, builder, signature)
        y, sums = _pointers(context, builder, signature, values, (0, 2))
        low, high = (load(sums, builder.add(values[3], values[3].type(beyond))) for beyond in (0, lanes))
        store(builder.shuffle_vector(low, high, _lanes(range(0, 2 * lanes, 2))), y, values[1])
        return context.get_dummy_value()

    return types.void(out, types.intp, every, types.intp), built


@intrinsic
def _apart(context, out, to, every, at):  # noqa: ANN001, ANN202 - types of numba
    """The sums of one register in every second place; what stands between them may be another thread's."""

    def built(context, builder, signature, values):  # noqa: ANN001, ANN202
        _, lanes, load, store = _register(context, builder, signature)
        y, sums = _pointers(context, builder, signature, values, (0, 2))
        made = load(sums, values[3])
        for half in (0, 1):
            twice = _lanes([(half * lanes + lane) // 2 for lane in range(lanes)])
            place = builder.add(values[1], values[1].type(half * lanes))
            store(builder.shuffle_vector(made, made, twice), y, place, second=True)
        return context.get_dummy_value()

    return types.void(out, types.intp, every, types.intp), built


_eight, _eight_in_parts = _block(8, in_parts=False), _block(8)
_four, _one, _three_rows = _block(4), _block(1), _some_rows(TOGETHER, REGISTERS_EACH)


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _few(out, to, value, n, x, base, offsets, taps, used, each):
    for j in range(n):
        zero = out.dtype.type(0)
        whole, part = zero, value
        for k in range(used):
            part += taps[k] * x[np.uintp(base + offsets[k] + j)]
            if (k + 1) % each == 0:
                whole, part = whole + part, zero
        out[np.uintp(to + j)] = whole + part


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _many(out, to, value, n, x, base, offsets, taps, used, each):
    """Those that are left over are made with some of those before them once more: no memory holds both in and out."""
    lanes = VECTOR // out.itemsize
    if n < lanes:
        _few(out, to, value, n, x, base, offsets, taps, used, each)
    elif n < 4 * lanes:
        for first in range(0, n, lanes):
            j = min(first, n - lanes)
            _one(out, to + j, value, x, base + j, offsets, taps, used, each)
    else:
        for first in range(0, n, 8 * lanes):
            if n - first <= 4 * lanes or n < 8 * lanes:
                for half in range(first, n, 4 * lanes):
                    j = min(half, n - 4 * lanes)
                    _four(out, to + j, value, x, base + j, offsets, taps, used, each)
                break
            j = min(first, n - 8 * lanes)
            if used > each:
                _eight_in_parts(out, to + j, value, x, base + j, offsets, taps, used, each)
            else:
                _eight(out, to + j, value, x, base + j, offsets, taps, used, each)


_sum = _many if REGISTERS else _few
"""``n`` neighbouring results: ``value`` and ``used`` taps times the samples at ``base`` and their offsets.

What at most ``each`` taps add up to is added up: a sum of many that are alike loses what is small beside it.
"""


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _each(used, columns):
    """How many that are: where the rows of taps are short, whole ones, and two or more, as ``_sum_rows`` asks."""
    if used <= PART or TOGETHER * columns > PART:
        return PART
    high = used // columns
    rows_each = -(-high // -(-used // PART))
    while high % rows_each == 1:
        rows_each += 1
    return rows_each * columns


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _sum_rows(out, to, below, deep, together, value, n, x, base, apart, offsets, taps, used, each, columns):
    """The same for ``deep`` rows, ``below`` each other in ``out`` and ``apart`` in ``x``, of ``columns`` taps a row.

    ``together`` says whether rows of samples are as far apart as those of results, as many as are made at once.
    """
    lanes, row = REGISTERS_EACH * VECTOR // out.itemsize, 0
    while REGISTERS and together and n >= lanes and row + TOGETHER <= deep:
        for first in range(0, n, lanes):
            j = min(first, n - lanes)
            _three_rows(out, to + j, below, value, x, base + j, apart, offsets, taps, used, each, columns)
        row, to, base = row + TOGETHER, to + TOGETHER * below, base + TOGETHER * apart
    for _ in range(row, deep):
        _sum(out, to, value, n, x, base, offsets, taps, used, each)
        to, base = to + below, base + apart


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _pick(y, to, period, every, step, n):
    """Every ``step``-th sum to every ``period``-th place.  ``every`` holds one number more than the last sum."""
    lanes = VECTOR // y.itemsize
    if REGISTERS and n >= lanes and period == 1 and step == 2:
        for first in range(0, n, lanes):
            j = min(first, n - lanes)
            _evens(y, to + j, every, 2 * j)
    elif REGISTERS and n >= lanes and period == 2 and step == 1:
        for first in range(0, n, lanes):
            j = min(first, n - lanes)
            _apart(y, to + 2 * j, every, j)
    else:
        for j in range(n):
            y[np.uintp(to + j * period)] = every[np.uintp(j * step)]


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **(SETTINGS | {"fastmath": {"reassoc"}}))
def _finite(y, at, n):
    """Zero times any other number is no zero.  In any order, so that a compiler adds up several at once."""
    total = y[np.uintp(at)] * 0
    for j in range(n):
        total += y[np.uintp(at + j)] * 0
    return total == 0


def _kept(function: Callable) -> Callable:
    """Compiled once a machine, or once a process where nothing can be written."""
    try:
        return njit(cache=not config.BOUNDSCHECK, no_cfunc_wrapper=True, **SETTINGS)(function)  # numba keeps both under one name
    except RuntimeError:  # numba finds no folder for it
        return njit(no_cfunc_wrapper=True, **SETTINGS)(function)


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _looked_up(down, across, rows, columns):
    """Samples that ``_at_end`` puts side by side for so many rows and columns of results, at most: high, wide."""
    high = (down[:, TAPS].max() - 1) * min(down[:, DILATION].max(), rows) + rows
    wide = (across[:, TAPS].max() - 1) * min(across[:, DILATION].max(), columns) + columns
    return max(high, rows), max(wide, columns)


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _look_up(strip, at, n, x, line, begin, width, left, right, fill):
    """``n`` neighbouring samples of a row that is continued beyond its ends."""
    low = min(max(0, -begin), n)
    high = min(max(low, width - begin), n)
    for j in range(low):
        p = left[np.uintp(len(left) + begin + j)]
        strip[np.uintp(at + j)] = x[np.uintp(line + p)] if p >= 0 else fill
    for j in range(low, high):
        strip[np.uintp(at + j)] = x[np.uintp(line + begin + j)]
    for j in range(high, n):
        p = right[np.uintp(begin + j - width)]
        strip[np.uintp(at + j)] = x[np.uintp(line + p)] if p >= 0 else fill


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _at_end(y, to, pitch, period, count, deep, x, plane, line_apart, source, rows_read, beside, start, step, columns, dilation,
            taps, used, each, constant, width, left, right, fill, strip, sums, offsets):  # fmt: skip
    """Make ``count`` results of ``deep`` rows, some of whose samples, which begin at ``start``, are beyond an end.

    What they read is looked up once and put side by side: rows ``row_apart`` in number from one row of taps to the
    next, each of them ``wide``, and columns ``tap_apart`` from one tap to the next, less than a dilation where no tap
    meets what is between.  Then they are sums like any other.
    """
    span, listed = (count - 1) * step + 1, 0
    tap_apart, row_apart = min(dilation, span), min(beside, deep)
    wide = (columns - 1) * tap_apart + span
    for i in range(rows_read):
        if source[i] < 0:
            continue
        for r in range(deep if i == rows_read - 1 else row_apart):
            line, at = plane + (source[i] + r) * line_apart, (i * row_apart + r) * wide
            if tap_apart == dilation:
                _look_up(strip, at, wide, x, line, start, width, left, right, fill)
            else:
                for m in range(columns):
                    _look_up(strip, at + m * span, span, x, line, start + m * dilation, width, left, right, fill)
        for m in range(columns):
            offsets[listed] = i * row_apart * wide + m * tap_apart
            listed += 1
    n = max((deep - 1) * wide + span, VECTOR // y.itemsize)
    _sum(sums, NONE, constant, n, strip, NONE, offsets, taps, used, each)
    for r in range(deep):
        for c in range(count):
            y[np.uintp(to + r * pitch + c * period)] = sums[np.uintp(r * wide + c * step)]


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _rows(x, y, apart, size, begun, outputs, kernel, down, across, above, below, left, right, fill, most, job):
    first_row, last_row, first_round, last_round = job
    height, width = size
    every, constant = np.empty(most + 1, y.dtype), fill - fill  # a zero of this type
    offsets, taps = np.empty(kernel.size, np.int64), np.empty(kernel.size, y.dtype)
    source = np.empty(kernel.shape[0], np.int64)
    used, listed, each = NONE, -1, NONE + PART
    register = VECTOR // y.itemsize
    plain = len(down) == 1 and len(across) == 1 and down[0, STEP] == 1 and across[0, STEP] == 1 and across[0, PERIOD] == 1
    flat = plain and apart[1] == width == outputs[1] and first_round == 0 and last_round == width
    side_by_side = min(width, outputs[1]) - (across[0, TAPS] - 1) * across[0, DILATION]
    together = REGISTERS and plain and down[0, DILATION] == 1 and down[0, TAPS] >= TOGETHER
    together = together and TOGETHER * across[0, TAPS] <= PART and side_by_side >= REGISTERS_EACH * register
    together = together and (not flat or kernel.size >= WORTH_SHARING)
    most_rows, at_once = min(DEEP, outputs[0]) if plain else 1, ENDS
    tall, broad = _looked_up(down, across, most_rows, at_once)
    while tall * broad > AT_HAND and (at_once > FEW_ENDS or most_rows > 1):
        at_once, most_rows = max(FEW_ENDS, at_once // 2), most_rows if at_once > FEW_ENDS else most_rows // 2
        tall, broad = _looked_up(down, across, most_rows, at_once)
    strip, sums = np.empty(tall * broad + register, y.dtype), np.empty(most_rows * broad + register, y.dtype)
    near = np.empty(down[:, TAPS].max() * across[:, TAPS].max(), np.int64)
    wide = most if len(across) > 1 else last_round - first_round  # all phases while their results are in the cache
    row, deep = first_row, 1
    while row < last_row:
        plane, t = row // outputs[0], row % outputs[0]
        v = t % len(down)
        rows_read, beside = down[v, TAPS], down[v, DILATION]
        top = down[v, START] + t // len(down) * down[v, STEP] - begun[0]
        within = top >= 0 and top + (rows_read - 1) * beside < height
        for i in range(rows_read):
            r = top + i * beside
            if r < 0:
                r = above[len(above) + r]
            elif r >= height:
                r = below[r - height]
            source[i] = r
        deep = 1
        if most_rows > 1 and within:
            deep = min(most_rows, last_row - row, outputs[0] - t, height - (rows_read - 1) * beside - top)
        for block in range(first_round, last_round, wide):
            for h in range(len(across)):
                first_tap, tap_step, columns_read = across[h, FIRST_TAP], across[h, TAP_STEP], across[h, TAPS]
                start, step, dilation = across[h, START] - begun[1], across[h, STEP], across[h, DILATION]
                key = v * len(across) + h
                if not within or listed != key:  # rows that are all there have the same taps at the same offsets
                    used, outside = NONE, 0.0
                    for i in range(rows_read):
                        k = down[v, FIRST_TAP] + i * down[v, TAP_STEP]
                        at = i * beside * apart[1] if within else source[i] * apart[1]
                        for m in range(columns_read):
                            tap = kernel[k, first_tap + m * tap_step]
                            if source[i] < 0:
                                outside += np.float64(tap) * fill
                            else:
                                offsets[used], taps[used] = at + m * dilation, tap
                                used += 1
                    listed, each, constant = key if within else -1, _each(used, columns_read), y.dtype.type(outside)
                begin, end = min(block, across[h, COUNT]), min(block + wide, last_round, across[h, COUNT])
                low, high = begin, end
                if columns_read > 0:
                    low = min(max(begin, -(start // step)), end)
                    high = min(max(low, (width - 1 - (columns_read - 1) * dilation - start) // step + 1), end)
                period = across[h, PERIOD]
                to = row * outputs[1] + across[h, FIRST]
                straight = step == 1 and period == 1
                base = plane * apart[0] + start + (top * apart[1] if within else 0)
                at_most, stop = (most - 1) // step + 1, high
                if straight and low < high:
                    if together or not flat:
                        _sum_rows(y, to + low, outputs[1], deep, together, constant, high - low, x, base + low, apart[1],
                                  offsets, taps, used, each, columns_read)  # fmt: skip
                    else:  # rows that lie as the samples do are one: what a sum reads across their ends is made again
                        _sum(y, to + low, constant, high - low + (deep - 1) * width, x, base + low, offsets, taps, used, each)
                    stop = low
                for c in range(low, stop, at_most):
                    count = min(at_most, stop - c)
                    _sum(every, NONE, constant, (count - 1) * step + 1, x, base + c * step, offsets, taps, used, each)
                    _pick(y, to + c * period, period, every, step, count)
                some = (at_once - 1) // step + 1
                for first, last in ((begin, low), (high, end)):
                    if deep == 1 and last - first <= FEW and used <= each:
                        for c in range(first, last):
                            total, k = constant, 0
                            for i in range(rows_read):
                                if source[i] < 0:
                                    continue
                                line = plane * apart[0] + source[i] * apart[1]
                                for m in range(columns_read):
                                    p = start + c * step + m * dilation
                                    if p < 0:
                                        p = left[len(left) + p]
                                    elif p >= width:
                                        p = right[p - width]
                                    total += taps[k] * (x[line + p] if p >= 0 else fill)
                                    k += 1
                            y[to + c * period] = total
                        continue
                    for c in range(first, last, some):
                        _at_end(y, to + c * period, outputs[1], period, min(some, last - c), deep, x, plane * apart[0], apart[1],
                                source, rows_read, beside, start + c * step, step, columns_read, dilation,
                                taps, used, each, constant, width, left, right, fill, strip, sums, near)  # fmt: skip
        row += deep


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _continued(strip, first, last, x, plane, apart, size, above, below, left, right, fill):
    """The rows from ``first`` to ``last`` of a plane, continued beyond all their edges."""
    height, width = size
    wide = len(left) + width + len(right)
    for row in range(first, last):
        r, at = row, (row - first) * wide
        if row < 0:
            r = above[len(above) + row]
        elif row >= height:
            r = below[row - height]
        if r >= 0:
            _look_up(strip, at, wide, x, plane + r * apart, -len(left), width, left, right, fill)
        else:
            for j in range(wide):
                strip[np.uintp(at + j)] = fill


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _read_by(down, t):
    """The rows of samples that a row of results reads, from the first to the last; none where no tap meets one."""
    v = t % len(down)
    top = down[v, START] + t // len(down) * down[v, STEP]
    return top, top + (down[v, TAPS] - 1) * down[v, DILATION] + 1 if down[v, TAPS] > 0 else top


@_kept
def rows(x, y, apart, size, outputs, kernel, down, across, above, below, left, right, fill, most, job):
    """Fill the results ``job`` of ``y``: rows of all planes from the first to the last, and rounds of their columns.

    Shape: ``x`` and ``y`` flat; ``apart`` are the samples from plane to plane and from row to row of ``x``, ``size``
    its (H, W), ``outputs`` that of ``y``; ``kernel (kh, kw)``; ``down`` and ``across`` tables of phases; ``above``,
    ``below``, ``left``, ``right`` say which sample stands beyond an edge, -1 for ``fill``; ``most`` sums are made at
    once where some of them are picked.
    """
    row, last_row, first_round, last_round = job
    wide, read = len(left) + size[1] + len(right), 1
    for v in range(len(down)):
        first, last = _read_by(down, v)
        read = max(read, last - first)
    beyond = wide - size[1]
    continued = 0 < size[1] <= NARROW * beyond and 2 * read * wide <= AT_HAND
    samples, place, extent, begun, after = x, apart, size, (NONE, NONE), last_row
    if continued:
        samples, place = np.empty(min(AT_HAND, (len(above) + size[0] + len(below)) * wide), y.dtype), (NONE, wide)
    while row < last_row:
        if continued:
            plane, low, high, after = row // outputs[0], NONE, NONE, row
            while after < min(last_row, (plane + 1) * outputs[0]):
                first, last = _read_by(down, after % outputs[0])
                if first < last:
                    if low < high:
                        first, last = min(low, first), max(high, last)
                    if (last - first) * wide > AT_HAND:
                        break
                    low, high = first, last
                after += 1
            _continued(samples, low, high, x, plane * apart[0], apart[1], size, above, below, left, right, fill)
            extent, begun = (high - low, wide), (low, -len(left))
        _rows(samples, y, place, extent, begun, outputs, kernel, down, across, above, below, left, right, fill, most,
              (row, after, first_round, last_round))  # fmt: skip
        row = after


@_kept
def lines(x, y, apart, pitch, size, outputs, columns, along, down, across, above, below, left, right, fill, most, job):
    """The same for a kernel that is the sum of ``columns (products, kh)`` times rows ``along (products, kw)``, one phase.

    ``pitch`` are the results from plane to plane and from row to row of ``y``.  Says whether all results are finite.
    """
    (height, width), (products, taps_down), taps_along = size, columns.shape, along.shape[1]
    before, start, step = len(left), across[0, START], across[0, STEP]
    room = before + width + len(right)
    between, every, zero = np.empty(products * room, y.dtype), np.empty(most + 1, y.dtype), fill - fill
    offsets, taps = np.empty(taps_down, np.int64), np.empty(taps_down, y.dtype)
    all_offsets, all_taps = np.empty(along.size, np.int64), np.empty(along.size, y.dtype)
    for product in range(products):
        for m in range(taps_along):
            k = product * taps_along + m
            all_offsets[k], all_taps[k] = product * room + m * across[0, DILATION], along[product, m]
    fine, count = True, across[0, COUNT]
    each = count if step == 1 else (most - 1) // step + 1
    for row in range(job[0], job[1]):
        plane, t = row // outputs[0], row % outputs[0]
        top, to = down[0, START] + t * down[0, STEP], plane * pitch[0] + t * pitch[1]
        for product in range(products):
            used, constant, outside = NONE, zero, zero
            for i in range(taps_down):
                r, tap = top + i * down[0, DILATION], columns[product, i]
                if r < 0:
                    r = above[len(above) + r]
                elif r >= height:
                    r = below[r - height]
                outside += tap * fill
                if r < 0:
                    constant += tap * fill
                else:
                    offsets[used], taps[used] = r * apart[1], tap
                    used += 1
            first = product * room + before
            _sum(between, first, constant, width, x, plane * apart[0], offsets, taps, used, PART)
            for e in range(before):
                between[first - before + e] = between[first + left[e]] if left[e] >= 0 else outside
            for e in range(len(right)):
                between[first + width + e] = between[first + right[e]] if right[e] >= 0 else outside
        for c in range(0, count, each):
            some = min(each, count - c)
            made, place = (y, to + c) if step == 1 else (every, 0)
            _sum(made, place, zero, (some - 1) * step + 1, between, before + start + c * step, all_offsets, all_taps, along.size,
                 PART)  # fmt: skip
            if step > 1:
                _pick(y, to + c, across[0, PERIOD], every, step, some)
        fine &= _finite(y, to, count)
    return fine
