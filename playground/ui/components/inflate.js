// What did zlib pack?  Unpacked at once: a promise would wait for all that the page draws meanwhile, half a second.

const BASES = [[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258],
  [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]];
const EXTRAS = [[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
  [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const REPEATS = { 16: [3, 2], 17: [3, 3], 18: [11, 7] };

/** What stands at each pattern of the next bits: 16 times the symbol, and how many bits it takes. */
function codes(lengths) {
  const most = Math.max(...lengths), table = new Uint16Array(1 << most);
  let code = 0;
  for (let bits = 1; bits <= most; bits++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== bits) continue;
      let mirrored = 0;
      for (let bit = 0; bit < bits; bit++) mirrored |= (code >> bit & 1) << (bits - 1 - bit);
      for (let at = mirrored; at < table.length; at += 1 << bits) table[at] = symbol << 4 | bits;
      code++;
    }
    code <<= 1;
  }
  return table;
}

/** RFC 1950 and 1951: `size` bytes out of a whole zlib stream. */
function inflate(input, size) {
  const output = new Uint8Array(size);
  let at = 2, place = 0, held = 0, count = 0, last = 0;
  const need = bits => {
    for (; count < bits; count += 8) held |= input[at++] << count;
  };
  const drop = bits => {
    held >>>= bits;
    count -= bits;
  };
  const take = bits => {
    need(bits);
    const value = held & (1 << bits) - 1;
    drop(bits);
    return value;
  };
  const symbol = table => {
    need(15);
    const found = table[held & table.length - 1];
    drop(found & 15);
    return found >> 4;
  };
  const tables = () => {
    const counts = [257 + take(5), 1 + take(5)], short = new Array(19).fill(0), lengths = [];
    for (let i = 4 + take(4), k = 0; k < i; k++) short[ORDER[k]] = take(3);
    const table = codes(short);
    while (lengths.length < counts[0] + counts[1]) {
      const length = symbol(table), [base, bits] = REPEATS[length] ?? [1, 0], value = length < 16 ? length : length > 16 ? 0 : lengths.at(-1);
      for (let times = base + take(bits); times > 0; times--) lengths.push(value);
    }
    return [codes(lengths.slice(0, counts[0])), codes(lengths.slice(counts[0]))];
  };
  while (!last) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) {
      drop(count & 7);
      const length = take(16);
      take(16);
      for (let i = 0; i < length; i++) output[place++] = take(8);
      continue;
    }
    const fixed = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
    const [letters, distances] = kind === 1 ? [codes(fixed), codes(new Array(30).fill(5))] : tables();
    for (let found = symbol(letters); found !== 256; found = symbol(letters)) {
      if (found < 256) {
        output[place++] = found;
        continue;
      }
      const length = BASES[0][found - 257] + take(EXTRAS[0][found - 257]), far = symbol(distances);
      const back = BASES[1][far] + take(EXTRAS[1][far]);
      for (const end = place + length; place < end; place++) output[place] = output[place - back];
    }
  }
  return output;
}
