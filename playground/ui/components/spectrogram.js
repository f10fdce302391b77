// What does a spectrogram do under the hand?  It draws what Python sent and finds the cell that is pointed at.
//
// Hz, notes, seconds, dB and tick labels are texts and numbers of the payload; nothing of them is computed here.
// Places are fractions of the scene, 0 to 1 in time and upwards on the frequency axis.  The view is the part that is
// shown.  A change of it is drawn at once from the cells at hand; then it is told to Python, with a sequence number,
// and the answer that knows this number brings the exact cells.  An older answer never moves the view back.

const LEFT = 46, RIGHT = 10, GAP = 4;             // CSS pixels beside and between waveform and picture
const FULL = { t0: 0, t1: 1, f0: 0, f1: 1 };
const WAIT = 150;                                 // milliseconds without a further step before Python is asked
const DRAG = 4;                                   // CSS pixels that make a press a drag
const COLOURS = "playground-colours";             // the event and the property of the page by which other colours come
const instances = new WeakMap();

export default function (component) {
  const place = component.parentElement;
  if (!instances.has(place)) instances.set(place, new Spectrogram(place));
  instances.get(place).receive(component);
  return () => {
    instances.get(place)?.close();
    instances.delete(place);
  };
}

// --- the payload ----------------------------------------------------------------------------------

function section(bytes, at) {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 4, true);
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + size))), at + 8 + size];
}

/** The levels and waveforms of a payload, as numbers. */
function arrays(bytes, start, header) {
  const numbers = ({ at, bytes: length, size }) => new Int16Array(fflate.unzlibSync(bytes.subarray(start + at, start + at + length), { out: new Uint8Array(size) }).buffer);
  const upwards = (rows, columns) => {
    for (let i = columns; i < rows.length; i++) rows[i] += rows[i - columns];  // each row came as what it has more than the one below
    return rows;
  };
  const panels = header.panels.map(panel => ({ ...panel, levels: upwards(numbers(panel.levels), panel.columns), wave: panel.wave && numbers(panel.wave) }));
  return { ...header, panels };
}

// --- places ---------------------------------------------------------------------------------------

/** The cells [a, b) that each of `pixels` shows: one where cells are larger than pixels, else all that lie in it. */
function spans(count, from, to, low, high, pixels) {
  const starts = new Int32Array(pixels).fill(-1), stops = new Int32Array(pixels);
  const each = (high - low) / pixels / (to - from) * count, origin = (low - from) / (to - from) * count;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const left = origin + pixel * each + 1e-6, right = origin + (pixel + 1) * each + 1e-6;
    let a = each > 1 ? Math.floor(left) : Math.floor((left + right) / 2);
    let b = each > 1 ? Math.max(a + 1, Math.floor(right)) : a + 1;
    a = Math.max(0, a);
    b = Math.min(count, b);
    if (b > a) [starts[pixel], stops[pixel]] = [a, b];
  }
  return { starts, stops };
}

const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const same = (one, other) => ["t0", "t1", "f0", "f1"].every(name => one[name] === other[name]);
const view = ([t0, t1, f0, f1]) => ({ t0, t1, f0, f1 });
const filled = (template, values) => template.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

function decibels(hundredths, signed) {
  const tenths = Math.floor(Math.abs(hundredths) / 10 + 0.5);
  const sign = tenths === 0 ? "" : hundredths < 0 ? "\u2212" : signed ? "+" : "";
  return `${sign}${Math.floor(tenths / 10)}.${tenths % 10}`;
}

class Spectrogram {
  constructor(place) {
    this.root = place.querySelector(".root");
    this.host = this.find(".host");
    this.seq = 0;
    this.view = { ...FULL };
    this.scene = null;
    this.mode = "look";
    this.stages = [];
    this.pointers = new Map();
    this.ending = new AbortController();
    this.listen();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  /** Everything that must not outlive the component ends with one signal. */
  listen() {
    const on = (target, names, act, options = {}) => {
      for (const name of names.split(" ")) target.addEventListener(name, act, { ...options, signal: this.ending.signal });
    };
    on(this.host, "keydown", event => this.key(event));
    on(this.host, "pointerdown", event => this.press(event));
    on(this.host, "pointermove", event => this.move(event));
    on(this.host, "pointerup", event => this.release(event, true));
    on(this.host, "pointercancel lostpointercapture", event => this.release(event, false));
    on(this.host, "pointerleave", event => event.pointerType === "mouse" && this.point(null));
    on(this.host, "dblclick", event => this.seekTo(event));
    on(this.host, "wheel", event => this.wheel(event), { passive: false });
    on(this.root, "click", event => this.button(event.target.closest?.("button")?.dataset.do));
    // Media events do not bubble, but they are caught on their way down: also from players made later.
    on(document, "play pause timeupdate seeking ended", event => this.heard(event), { capture: true });
    on(document, COLOURS, () => this.data && this.recolour());
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.root);
  }

  close() {
    this.ending.abort();
    this.resizing.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.following);
    this.closed = true;
  }

  // --- from Python --------------------------------------------------------------------------------

  receive(component) {
    this.say = component.setStateValue;
    const bytes = component.data;
    const [page, middle] = section(bytes, 0);
    const [header, start] = section(bytes, middle);
    const known = this.data?.digest === header.digest;
    const data = known ? this.data : arrays(bytes, start, header);
    this.page = page;
    this.data = data;
    this.colour();
    if (page.seq >= this.seq || header.scene !== this.scene) {
      this.seq = Math.max(this.seq, page.seq);
      this.view = view(header.view);
      this.selection = header.selection && view(header.selection);
      if (header.scene !== this.scene) this.cursor = null;
      this.scene = header.scene;
    }
    this.label();
    this.build();
    this.stale = true;
    this.paint();  // now: the next frame waits until the rest of the page is drawn
  }

  /** Other colours for the levels at hand. */
  recolour() {
    this.colour();
    this.scale();
    this.stale = true;
    this.paint();
  }

  /** The latest colours; a level in hundredths of dB -> one 32-bit number, a table, so that a frame is only lookups. */
  colour() {
    const told = document[COLOURS]?.[this.page.key];
    this.colours = told?.stamp > this.data.stamp ? told : this.data;
    const { range: [low, high] } = this.colours, lut = this.lut = bytesOf(this.colours.lut);
    this.table = new Uint32Array(high - low + 1);
    for (let level = low; level <= high; level++) {
      const index = 3 * Math.floor((level - low) * 255 / (high - low) + 0.5);
      this.table[level - low] = 0xff000000 | lut[index + 2] << 16 | lut[index + 1] << 8 | lut[index];
    }
  }

  label() {
    const { words, label, picture } = this.page, { panels } = this.data;
    const wave = panels.some(panel => panel.wave) ? this.page.wave : [16, 16];  // room for "Hz" only
    this.host.setAttribute("aria-label", label);
    this.find(".bar").setAttribute("aria-label", words.tools);
    for (const element of this.root.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
    for (const button of this.root.querySelectorAll("button")) {
      const word = words[button.dataset.do], text = button.querySelector("span:not(.short)");
      button.title = word;
      button.setAttribute("aria-label", word);
      if (text) text.textContent = word;
    }
    this.find(".keys").textContent = words.keys;
    const sizes = { "--wave-high": wave[0], "--wave-low": wave[1], "--picture-high": picture[0], "--picture-low": picture[1] };
    for (const [name, size] of Object.entries(sizes)) this.root.style.setProperty(name, size);
    this.scale();
    this.hint();
  }

  /** The colour bar and what stands at it. */
  scale() {
    const { bar } = this.colours, { lut } = this;
    this.find(".scale .title").textContent = bar.title;
    const context = this.find(".ramp canvas").getContext("2d"), image = context.createImageData(256, 1);
    for (let i = 0; i < 256; i++) image.data.set([...lut.subarray(3 * i, 3 * i + 3), 255], 4 * i);
    context.putImageData(image, 0, 0);
    this.find(".ticks").replaceChildren(...bar.ticks.map(([at, text]) => {
      const tick = element("span", text);
      tick.style.left = `${100 * at}%`;
      return tick;
    }));
  }

  hint() {
    const { words } = this.page, touch = matchMedia("(pointer: coarse)").matches;
    this.find(".hint.look").textContent = touch ? words.hint_touch : words.hint;
    this.find(".hint.select").textContent = words.hint_select;
  }

  build() {
    const { panels } = this.data;
    if (this.stages.length !== panels.length) {
      this.stages = panels.map(() => {
        const figure = element("figure"), title = element("h3"), stage = element("div");
        figure.className = "panel";
        stage.className = "stage";
        const base = element("canvas"), over = element("canvas");
        base.className = "base";
        over.className = "over";
        stage.append(base, over);
        figure.append(title, stage);
        return { figure, title, stage, base, over };
      });
      this.host.replaceChildren(...this.stages.map(stage => stage.figure));
      this.host.classList.toggle("two", panels.length === 2);
    }
    panels.forEach((panel, i) => {
      Object.assign(this.stages[i], { panel });
      this.stages[i].title.textContent = panel.title;
      this.stages[i].title.style.color = panel.accent;
    });
  }

  // --- drawing ------------------------------------------------------------------------------------

  draw() {
    this.stale = true;
    this.redraw();
  }

  redraw() {
    if (!this.frame && !this.closed) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.data) return;
    if (this.stale) for (const stage of this.stages) this.base(stage);
    this.stale = false;
    for (const stage of this.stages) this.over(stage);
    this.read();
    this.buttons();
  }

  /** Where everything lies, in CSS pixels and in those of the screen. */
  measure(stage) {
    const density = devicePixelRatio || 1, width = stage.stage.clientWidth, height = stage.stage.clientHeight;
    const style = getComputedStyle(stage.stage);
    const wave = Number(style.getPropertyValue("--wave")), picture = Number(style.getPropertyValue("--picture"));
    const device = size => Math.round(size * density);
    const left = device(LEFT), top = device(wave + GAP);
    const size = {
      density, width, height, wave, picture, left, top,
      right: device(width - RIGHT), bottom: device(wave + GAP + picture), strip: device(wave),
    };
    for (const canvas of [stage.base, stage.over]) {
      if (canvas.width !== device(width)) canvas.width = device(width);
      if (canvas.height !== device(height)) canvas.height = device(height);
    }
    return size;
  }

  base(stage) {
    const size = stage.size = this.measure(stage);
    const across = size.right - size.left, up = size.bottom - size.top;
    if (across < 8 || up < 8) return;
    const style = getComputedStyle(this.host), context = stage.base.getContext("2d");
    const ink = style.getPropertyValue("--st-text-color").trim() || style.color;
    const paper = style.getPropertyValue("--st-background-color").trim() || "#fff";
    const line = style.getPropertyValue("--st-border-color").trim() || "#888";
    stage.ink = ink;
    stage.dark = numbers(context, paper)[0] < 128;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, stage.base.width, stage.base.height);
    this.wave(stage, context, line);
    context.putImageData(this.picture(stage, across, up, numbers(context, paper), numbers(context, line)), size.left, size.top);
    this.axes(stage, context, ink, line);
  }

  /** The loudest cell of each pixel in its colour; hatched where there is no cell. */
  picture(stage, across, up, paper, line) {
    const { range: [low, high] } = this.colours, { table } = this, levels = this.sampled(stage, across, up);
    const image = new ImageData(across, up), pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i];
      pixels[i] = table[(level < low ? low : level > high ? high : level) - low];
    }
    if (stage.whole) return image;
    const colour = part => (0xff000000 | part[2] << 16 | part[1] << 8 | part[0]) >>> 0;
    const empty = colour(paper), hatch = colour(line), every = Math.round(6 * stage.size.density), thick = stage.size.density;
    for (let y = 0; y < up; y++) {
      const none = stage.rows.starts[up - 1 - y] < 0;
      for (let x = 0; x < across; x++) {
        if (none || stage.columns.starts[x] < 0) pixels[y * across + x] = (x + y) % every < thick ? hatch : empty;
      }
    }
    return image;
  }

  /** The loudest cell of each pixel, from the top; kept until the cells, the view or the size are others. */
  sampled(stage, across, up) {
    const { panel } = stage, { t0, t1, f0, f1 } = this.view, [a0, a1, b0, b1] = panel.window;
    const name = [across, up, t0, t1, f0, f1].join();
    if (stage.sampled?.panel === panel && stage.sampled.name === name) return stage.sampled.levels;
    const columns = stage.columns = spans(panel.columns, a0, a1, t0, t1, across);
    const rows = stage.rows = spans(panel.rows, b0, b1, f0, f1, up);
    stage.whole = [columns, rows].every(({ starts }) => starts.every(start => start >= 0));
    const levels = new Int16Array(across * up), cells = new Int16Array(panel.columns);
    const louder = panel.signed ? (a, b) => (Math.abs(a) >= Math.abs(b) ? a : b) : (a, b) => (a > b ? a : b);
    for (let y = 0; y < up; y++) {
      const row = up - 1 - y, start = rows.starts[row], stop = rows.stops[row], at = y * across;
      if (start < 0) continue;
      if (y > 0 && start === rows.starts[row + 1] && stop === rows.stops[row + 1]) {
        levels.copyWithin(at, at - across, at);
        continue;
      }
      cells.set(panel.levels.subarray(start * panel.columns, (start + 1) * panel.columns));
      for (let k = start + 1; k < stop; k++) {
        const from = k * panel.columns;
        for (let c = 0; c < panel.columns; c++) cells[c] = louder(cells[c], panel.levels[from + c]);
      }
      for (let x = 0; x < across; x++) {
        const first = columns.starts[x];
        if (first < 0) continue;
        let level = cells[first];
        for (let c = first + 1; c < columns.stops[x]; c++) level = louder(level, cells[c]);
        levels[at + x] = level;
      }
    }
    stage.sampled = { panel, name, levels };
    return levels;
  }

  wave(stage, context, line) {
    const { panel, size } = stage, across = size.right - size.left, middle = size.strip / 2;
    if (!panel.wave) return;
    context.fillStyle = line;
    context.fillRect(size.left, Math.round(middle), across, Math.max(1, Math.round(size.density)));
    const count = panel.wave.length / 2, [a0, a1] = panel.window;
    const { starts, stops } = spans(count, a0, a1, this.view.t0, this.view.t1, across);
    context.fillStyle = panel.accent || stage.ink;
    for (let x = 0; x < across; x++) {
      if (starts[x] < 0) continue;
      let low = 32767, high = -32768;
      for (let i = starts[x]; i < stops[x]; i++) {
        low = Math.min(low, panel.wave[i]);
        high = Math.max(high, panel.wave[count + i]);
      }
      const top = middle - high / 32767 * middle, bottom = middle - low / 32767 * middle;
      context.fillRect(size.left + x, top, 1, Math.max(size.density, bottom - top));
    }
  }

  axes(stage, context, ink, line) {
    const { size } = stage, { ticks } = this.data, { words } = this.page, { t0, t1, f0, f1 } = this.view;
    const style = getComputedStyle(this.host), bottom = size.wave + GAP + size.picture;
    context.setTransform(size.density, 0, 0, size.density, 0, 0);
    context.font = `11px ${style.fontFamily}`;
    context.fillStyle = ink;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.globalAlpha = 0.85;
    context.fillText(words.hz, LEFT - 8, size.wave - 4);
    const unit = context.measureText(words.seconds).width, end = size.width - RIGHT;
    context.fillText(words.seconds, size.width - 1, bottom + 12);
    context.globalAlpha = 1;
    let above = Infinity;
    for (const [at, text] of ticks.hz) {
      const y = bottom - (at - f0) / (f1 - f0) * size.picture;
      if (y < size.wave + GAP - 0.5 || y > bottom + 0.5) continue;
      context.fillStyle = line;
      context.fillRect(LEFT - 5, y - 0.5, 5, 1);
      if (above - y < 13) continue;
      above = y;
      context.fillStyle = ink;
      context.fillText(text, LEFT - 8, clamp(y, size.wave + GAP + 6, bottom - 5));
    }
    context.textAlign = "center";
    let before = -Infinity;
    for (const [at, text] of ticks.time) {
      const x = LEFT + (at - t0) / (t1 - t0) * (end - LEFT), half = context.measureText(text).width / 2;
      if (x < LEFT - 0.5 || x > end + 0.5) continue;
      context.fillStyle = line;
      context.fillRect(x - 0.5, bottom, 1, 4);
      if (x - half < before + 8 || x + half > size.width - unit - 8) continue;
      before = x + half;
      context.fillStyle = ink;
      context.fillText(text, x, bottom + 12);
    }
  }

  /** What moves: the marked region, the cursor, the playhead; black and white lines, seen on every colour. */
  over(stage) {
    const { size } = stage;
    if (!size) return;
    const context = stage.over.getContext("2d"), { wave, picture, width, density } = size, { t0, t1, f0, f1 } = this.view;
    const right = width - RIGHT, top = wave + GAP, bottom = top + picture;
    const x = t => LEFT + (t - t0) / (t1 - t0) * (right - LEFT), y = f => bottom - (f - f0) / (f1 - f0) * picture;
    const lines = stage.dark ? ["#000", "#fff"] : ["#fff", "#000"];
    const both = path => [4, 2].forEach((thick, i) => {
      [context.strokeStyle, context.lineWidth] = [lines[i], thick];
      context.stroke(path);
    });
    const thin = path => ["#fff", "#000"].forEach((colour, i) => {
      [context.strokeStyle, context.lineWidth] = [colour, 1];
      context.setLineDash(i ? [4, 4] : []);
      context.stroke(path);
      context.setLineDash([]);
    });
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, size.height);
    context.save();
    const plot = new Path2D();
    plot.rect(LEFT, 0, right - LEFT, bottom);
    context.clip(plot);
    const region = this.rubber ?? this.selection;
    if (region) {
      const path = new Path2D();
      path.rect(x(region.t0), y(region.f1), x(region.t1) - x(region.t0), y(region.f0) - y(region.f1));
      both(path);
    }
    if (this.cursor) {
      const [cx, cy] = [x(this.cursor.t), y(this.cursor.f)].map(at => Math.floor(at) + 0.5), path = new Path2D();
      for (const [a, b, c, d] of [[cx, 0, cx, cy - 8], [cx, cy + 8, cx, bottom], [LEFT, cy, cx - 8, cy], [cx + 8, cy, right, cy]]) {
        path.moveTo(a, b);
        path.lineTo(c, d);
      }
      thin(path);
    }
    const head = this.playhead();
    if (head !== null) {
      const path = new Path2D();
      path.moveTo(x(head), 0);
      path.lineTo(x(head), bottom);
      both(path);
    }
    context.restore();
    if (head !== null && (head < t0 || head > t1)) {  // it plays beyond the view: an arrow says where
      const [edge, inwards] = head < t0 ? [LEFT, 7] : [right, -7], path = new Path2D();
      path.moveTo(edge, wave / 2);
      path.lineTo(edge + inwards, wave / 2 - 5);
      path.lineTo(edge + inwards, wave / 2 + 5);
      path.closePath();
      both(path);
      context.fillStyle = lines[1];
      context.fill(path);
    }
  }

  buttons() {
    const { finest } = this.data, { t0, t1, f0, f1 } = this.view;
    const ends = {
      "time-in": t1 - t0 <= finest[0] * 1.001, "time-out": t1 - t0 >= 1, "frequency-in": f1 - f0 <= finest[1] * 1.001,
      "frequency-out": f1 - f0 >= 1, reset: same(this.view, FULL),
    };
    for (const [name, end] of Object.entries(ends)) {
      const button = this.find(`[data-do="${name}"]`);
      if (button.getAttribute("aria-disabled") !== String(end)) button.setAttribute("aria-disabled", end);
    }
  }

  // --- the cursor ---------------------------------------------------------------------------------

  /** The cell of a panel at a place of the scene, or null where it has none. */
  cell({ panel }, { t, f }) {
    const [a0, a1, b0, b1] = panel.window;
    const column = Math.floor((t - a0) / (a1 - a0) * panel.columns), row = Math.floor((f - b0) / (b1 - b0) * panel.rows);
    const inside = column >= 0 && column < panel.columns && row >= 0 && row < panel.rows;
    return inside ? { row, column, level: panel.levels[row * panel.columns + column] } : null;
  }

  /** The middle of a cell, in fractions of the scene. */
  middle({ panel }, row, column) {
    const [a0, a1, b0, b1] = panel.window;
    return { t: a0 + (column + 0.5) / panel.columns * (a1 - a0), f: b0 + (row + 0.5) / panel.rows * (b1 - b0) };
  }

  /** Stage and place under an event; the place may be outside the picture. */
  under(event, index = null) {
    const found = index ?? this.stages.findIndex(stage => event.composedPath().includes(stage.stage));
    const stage = this.stages[found];
    if (!stage?.size) return null;
    const box = stage.stage.getBoundingClientRect(), { wave, picture, width } = stage.size, { t0, t1, f0, f1 } = this.view;
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const across = (px - LEFT) / (width - RIGHT - LEFT), up = (wave + GAP + picture - py) / picture;
    return {
      index: found, stage, px, py, inside: across >= 0 && across < 1 && py >= 0 && up > 0,
      t: t0 + across * (t1 - t0), f: f0 + clamp(up, 0, 1) * (f1 - f0), across, up,
    };
  }

  /** Put the cursor under the pointer: on the cell that its pixel shows, the loudest where there are several. */
  point(at) {
    const had = this.cursor;
    this.cursor = null;
    if (at?.inside) {
      this.cursor = { index: at.index, t: at.t, f: at.f };
      const { stage } = at, { columns, rows, panel } = stage;
      const x = clamp(Math.floor(at.across * columns.starts.length), 0, columns.starts.length - 1);
      const y = clamp(Math.floor(at.up * rows.starts.length), 0, rows.starts.length - 1);
      if (at.up <= 1 && columns.starts[x] >= 0 && rows.starts[y] >= 0) {
        const size = panel.signed ? Math.abs : level => level;
        let best = null;
        for (let row = rows.starts[y]; row < rows.stops[y]; row++) {
          for (let column = columns.starts[x]; column < columns.stops[x]; column++) {
            const level = size(panel.levels[row * panel.columns + column]);
            if (best === null || level > best.level) best = { level, row, column };
          }
        }
        Object.assign(this.cursor, this.middle(stage, best.row, best.column));
      }
    }
    this.find("output").setAttribute("aria-live", "off");
    if (had || this.cursor) this.redraw();
  }

  /** One cell, or ten, by the keyboard; the view follows. */
  step(rows, columns) {
    const stage = this.stages[this.cursor?.index ?? 0], { panel } = stage, { t0, t1, f0, f1 } = this.view;
    const start = this.cursor ?? { index: 0, t: (t0 + t1) / 2, f: (f0 + f1) / 2 };
    const [a0, a1, b0, b1] = panel.window, fresh = !this.cursor;
    const column = Math.floor((start.t - a0) / (a1 - a0) * panel.columns) + (fresh ? 0 : columns);
    const row = Math.floor((start.f - b0) / (b1 - b0) * panel.rows) + (fresh ? 0 : rows);
    const place = this.middle(stage, clamp(row, 0, panel.rows - 1), clamp(column, 0, panel.columns - 1));
    this.cursor = { index: start.index, ...place };
    const shifted = { ...this.view };
    for (const [name, low, high] of [["t", "t0", "t1"], ["f", "f0", "f1"]]) {
      const length = shifted[high] - shifted[low];
      if (place[name] < shifted[low] || place[name] > shifted[high]) {
        shifted[low] = clamp(place[name] - length / 2, 0, 1 - length);
        shifted[high] = shifted[low] + length;
      }
    }
    if (!same(shifted, this.view)) this.change(shifted);
    this.find("output").setAttribute("aria-live", "polite");
    if (this.corner) this.stretch();
    this.redraw();
  }

  read() {
    const { words } = this.page, output = this.find("output");
    let text = "";
    if (this.cursor) {
      const stage = this.stages[this.cursor.index] ?? this.stages[0], { panel } = stage, cell = this.cell(stage, this.cursor);
      if (cell) {
        const note = panel.notes[cell.row];
        text = filled(note ? words.place_note : words.place, { hz: panel.hz[cell.row], note, seconds: panel.seconds[cell.column] });
        const alike = other => other.rows === panel.rows && other.columns === panel.columns
          && other.window.every((end, i) => end === panel.window[i]);
        for (const other of this.stages) {
          if (other !== stage && !alike(other.panel)) continue;
          const found = this.cell(other, this.cursor).level, { floor, signed, unit, title } = other.panel;
          const exact = decibels(found, signed), least = floor !== null && found <= floor;
          const level = least ? filled(words.or_less, { level: `${exact} ${unit}` }) : filled(words.level, { level: exact, unit });
          text += ` \u00b7 ${this.stages.length === 1 ? level : filled(words.level_of, { title, level })}`;
        }
      } else text = words.nothing;
      if (this.corner) text += ` \u00b7 ${words.corner}`;
    }
    if (output.textContent !== text) output.textContent = text;
  }

  // --- the view -----------------------------------------------------------------------------------

  change(next) {
    this.view = next;
    this.seq += 1;
    this.unsaid = true;
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), WAIT);
  }

  /** Python hears of the view once the hand rests. */
  tell() {
    clearTimeout(this.timer);
    if (this.drag || this.pinch) this.timer = setTimeout(() => this.tell(), WAIT);
    else if (this.unsaid) {
      this.unsaid = false;
      this.say("view", { ...this.view, scene: this.scene, seq: this.seq });
    }
  }

  mark(region) {
    this.selection = region;
    this.rubber = null;
    this.seq += 1;
    const none = { t0: null, t1: null, f0: null, f1: null };
    this.say("region", { ...(region ?? none), scene: this.scene, seq: this.seq });
    this.draw();
  }

  zoomed(from, axis, factor, anchor) {
    const [low, high, least] = axis === "t" ? ["t0", "t1", this.data.finest[0]] : ["f0", "f1", this.data.finest[1]];
    const length = from[high] - from[low], now = clamp(length * factor, least, 1);
    const start = clamp(anchor - (anchor - from[low]) * now / length, 0, 1 - now);
    return { ...from, [low]: start, [high]: start + now };
  }

  zoom(axis, factor) {
    const [low, high] = axis === "t" ? ["t0", "t1"] : ["f0", "f1"], at = this.cursor?.[axis];
    const anchor = at >= this.view[low] && at <= this.view[high] ? at : (this.view[low] + this.view[high]) / 2;
    const next = this.zoomed(this.view, axis, factor, anchor);
    if (!same(next, this.view)) this.change(next);
  }

  /** The wheel belongs to the page until the component was clicked, or a key says otherwise. */
  wheel(event) {
    const at = this.under(event), mine = event.ctrlKey || event.altKey || this.host.matches(":focus");
    if (!at || !mine) return;
    const delta = (event.deltaY || event.deltaX) * [1, 16, 400][event.deltaMode], factor = Math.exp(clamp(delta, -200, 200) * 0.003);
    let next = this.view;
    if (event.ctrlKey || !event.shiftKey) next = this.zoomed(next, "t", factor, at.t);
    if (event.ctrlKey || event.shiftKey) next = this.zoomed(next, "f", factor, at.f);
    const ended = same(next, this.view);
    if (ended && !event.ctrlKey) return;  // everything is shown: the page scrolls on
    event.preventDefault();
    if (!ended) this.change(next);
  }

  // --- the hand -----------------------------------------------------------------------------------

  press(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    const at = this.under(event);
    if (!at) return;
    this.host.focus({ preventScroll: true });
    this.pointers.set(event.pointerId, event);
    event.composedPath()[0].setPointerCapture?.(event.pointerId);
    if (this.pointers.size === 2) {
      this.drag = this.rubber = null;
      const [one, other] = [...this.pointers.values()].map(pointer => this.under(pointer, at.index));
      this.pinch = { index: at.index, view: { ...this.view }, one, other };
    } else this.drag = { ...at, view: { ...this.view }, moved: false };
  }

  move(event) {
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, event);
    if (this.pinch) return this.pinched();
    const { drag } = this;
    if (!drag) return event.pointerType === "mouse" ? this.point(this.under(event)) : undefined;
    const at = this.under(event, drag.index);
    drag.moved ||= Math.hypot(at.px - drag.px, at.py - drag.py) >= DRAG;
    if (!drag.moved) return;
    if (this.mode === "select") {
      this.rubber = this.rectangle(drag, at);
      return this.point(at);
    }
    const { t0, t1, f0, f1 } = drag.view;
    if (t1 - t0 >= 1 && f1 - f0 >= 1) return this.point(at);
    this.root.classList.add("panning");
    const { width, picture } = drag.stage.size;
    const dt = (drag.px - at.px) / (width - RIGHT - LEFT) * (t1 - t0), df = (at.py - drag.py) / picture * (f1 - f0);
    const left = clamp(t0 + dt, 0, 1 - (t1 - t0)), below = clamp(f0 + df, 0, 1 - (f1 - f0));
    const next = { t0: left, t1: left + (t1 - t0), f0: below, f1: below + (f1 - f0) };
    if (!same(next, this.view)) this.change(next);
  }

  release(event, done) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { drag } = this;
    this.root.classList.remove("panning");
    if (this.pinch) {
      if (this.pointers.size < 2) this.pinch = null;
      return this.tell();
    }
    this.drag = null;
    if (!drag) return;
    if (this.mode === "select" && drag.moved) {
      const region = done && this.rubber;
      this.rubber = null;
      if (region && region.t1 > region.t0 && region.f1 > region.f0) this.mark(region);
      else this.redraw();
    } else if (done && !drag.moved) this.point(this.under(event, drag.index));
    this.tell();
  }

  pinched() {
    const { index, view: from, one, other } = this.pinch;
    const [a, b] = [...this.pointers.values()].map(pointer => this.under(pointer, index));
    let next = from;
    for (const [axis, pixel, fraction, low, high] of [["t", "px", "across", "t0", "t1"], ["f", "py", "up", "f0", "f1"]]) {
      const before = Math.abs(one[pixel] - other[pixel]), now = Math.abs(a[pixel] - b[pixel]);
      const anchor = (one[axis] + other[axis]) / 2, at = (a[fraction] + b[fraction]) / 2;
      next = this.zoomed(next, axis, before < 30 ? 1 : before / Math.max(1, now), anchor);
      const length = next[high] - next[low], start = clamp(anchor - at * length, 0, 1 - length);
      next = { ...next, [low]: start, [high]: start + length };
    }
    if (!same(next, this.view)) this.change(next);
  }

  rectangle(one, other) {
    const sorted = (a, b) => [clamp(Math.min(a, b), 0, 1), clamp(Math.max(a, b), 0, 1)];
    const [t0, t1] = sorted(one.t, other.t), [f0, f1] = sorted(one.f, other.f);
    return { t0, t1, f0, f1 };
  }

  // --- buttons and keys ---------------------------------------------------------------------------

  button(name) {
    if (!name || !this.data) return;
    if (name === "look" || name === "select") this.setMode(name);
    else if (name === "reset") same(this.view, FULL) || this.change({ ...FULL });
    else this.zoom(name.startsWith("time") ? "t" : "f", name.endsWith("in") ? 1 / 2 : 2);
  }

  setMode(mode) {
    this.mode = mode;
    this.corner = this.rubber = null;
    this.root.classList.toggle("selecting", mode === "select");
    for (const name of ["look", "select"]) this.find(`[data-do="${name}"]`).setAttribute("aria-pressed", name === mode);
    this.redraw();
  }

  key(event) {
    if (!this.data || event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 10 : 1;
    const acts = {
      ArrowLeft: () => this.step(0, -far), ArrowRight: () => this.step(0, far),
      ArrowUp: () => this.step(far, 0), ArrowDown: () => this.step(-far, 0),
      "+": () => this.button("time-in"), "=": () => this.button("time-in"), "-": () => this.button("time-out"),
      "]": () => this.button("frequency-in"), "[": () => this.button("frequency-out"), 0: () => this.button("reset"),
      " ": () => this.toggle(this.cursor?.index ?? this.active ?? 0), Enter: () => this.enter(), Escape: () => this.escape(),
      a: () => this.play(0), A: () => this.play(0), b: () => this.play(1), B: () => this.play(1),
    };
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  enter() {
    if (!this.cursor) return;
    if (this.mode === "look") return this.seek(this.cursor.t);
    if (!this.corner) {
      this.corner = { ...this.cursor };
      this.stretch();
    } else {
      const region = this.rubber;
      this.corner = null;
      this.mark(region);
    }
    this.redraw();
  }

  /** A region between two cells holds both of them whole. */
  stretch() {
    const { panel } = this.stages[this.corner.index], [a0, a1, b0, b1] = panel.window;
    const halfway = { t: (a1 - a0) / panel.columns / 2, f: (b1 - b0) / panel.rows / 2 };
    const low = name => Math.min(this.corner[name], this.cursor[name]) - halfway[name];
    const high = name => Math.max(this.corner[name], this.cursor[name]) + halfway[name];
    this.rubber = this.rectangle({ t: low("t"), f: low("f") }, { t: high("t"), f: high("f") });
  }

  escape() {
    if (this.drag || this.corner) {
      this.drag = this.corner = this.rubber = null;
      this.redraw();
    } else if (this.selection) this.mark(null);
    else if (this.cursor) this.point(null);
    else this.host.blur();
  }

  // --- the players --------------------------------------------------------------------------------

  players() {
    return this.page ? [...document.querySelectorAll(this.page.players)].slice(0, this.data.players.length) : [];
  }

  heard(event) {
    const index = this.players().indexOf(event.target);
    if (index < 0) return;
    const quiet = this.players().every(player => player.paused);
    // A page that has just loaded its players puts each at 0, in any order: that is nobody's choice of one.
    if (event.type === "play" || quiet && event.target.currentTime > 0) this.active = index;
    this.follow();
  }

  /** The scene's time of the player that was heard last; null before anything was played. */
  playhead() {
    const player = this.players()[this.active ?? -1];
    if (!player || player.paused && player.currentTime === 0) return null;
    const [origin, each] = this.data.players[this.active];
    return origin + each * player.currentTime;
  }

  follow() {
    cancelAnimationFrame(this.following);
    this.redraw();
    const player = this.players()[this.active ?? -1];
    if (player && !player.paused && !this.closed) this.following = requestAnimationFrame(() => this.follow());
  }

  toggle(index) {
    const player = this.players()[index];
    if (!player) return;
    if (player.paused) this.play(index);
    else player.pause();
  }

  /** Play one and silence the other; from one to the other it goes on at the same place. */
  play(index) {
    const players = this.players(), player = players[index], before = players[this.active ?? -1];
    if (!player || !player.paused) return;
    if (before && before !== player && !before.ended) this.put(player, index, this.playhead() ?? 0);
    for (const other of players) if (other !== player) other.pause();
    this.active = index;
    player.play().catch(() => {});
  }

  put(player, index, t) {
    const [origin, each] = this.data.players[index];
    player.currentTime = clamp((t - origin) / each, 0, player.duration || 0);
  }

  seek(t) {
    this.active ??= this.cursor?.index ?? 0;
    this.players().forEach((player, index) => this.put(player, index, t));
    this.follow();
  }

  seekTo(event) {
    const at = this.under(event);
    if (this.mode === "look" && at?.inside) this.seek(at.t);
  }
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Red, green and blue of any CSS colour. */
function numbers(context, colour) {
  context.fillStyle = "#888";
  context.fillStyle = colour;
  const text = context.fillStyle;
  if (text.startsWith("#")) return [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}
