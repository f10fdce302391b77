// How do other colours reach a picture that stands already?  By a word on the page, without its levels.
//
// Python says which level has which colour.  While a hand is at the slider of the range or at the buttons of the maps,
// the picture follows it by the same rule, ahead of Python's answer; an answer to an earlier place does not move it back.

const NAME = "playground-colours";
const FOLLOW = 500, TRUST = 3000;                 // milliseconds after the hand's last move: looked at, held against answers
let told = null, ahead = null, until = 0, trusted = 0, held = false, frame = 0, listening = false;

export default function ({ data }) {
  told = data;
  if (!listening) listen();
  if (!ahead || same(ahead, told) || performance.now() > trusted) ahead = null;
  say();
}

function listen() {
  listening = true;
  const at = (event, part) => told.ahead[part] && event.target.closest?.(told.ahead[part]);
  const on = (name, act) => document.addEventListener(name, act, { capture: true });
  on("pointerdown", event => {
    held = Boolean(at(event, "range"));
    if (held) follow();
  });
  for (const name of ["pointerup", "pointercancel"]) on(name, () => held = false);
  for (const name of ["keydown", "input"]) on(name, event => at(event, "range") && follow());
  on("click", event => {
    const group = at(event, "map"), button = event.target.closest?.("button");
    const lut = group && told.ahead.tables[[...group.querySelectorAll("button")].indexOf(button)];
    if (lut) go({ lut });
  });
}

const same = (one, other) => one.lut === other.lut && one.range.join() === other.range.join();

/** Look at the slider in each frame while it is held, and a little longer. */
function follow() {
  until = performance.now() + FOLLOW;
  frame ||= requestAnimationFrame(look);
}

function look() {
  frame = 0;
  const range = [...document.querySelectorAll(`${told.ahead.range} input[type=range]`)].map(input => 100 * Number(input.value));
  if (range.length === 2 && range[0] < range[1] && range.join() !== (ahead ?? told).range.join()) go({ range });
  if (held || performance.now() < until) frame = requestAnimationFrame(look);
}

/** The ticks of the colour bar keep their texts and move with the range; Python's own come with its answer. */
function go(change) {
  const [low, high] = told.range, next = { ...told, ...(ahead ?? {}), ...change };
  const place = ([at, text]) => [(100 * Math.round((low + at * (high - low)) / 100) - next.range[0]) / (next.range[1] - next.range[0]), text];
  const ticks = told.bar.ticks.map(place).filter(([at]) => at >= 0 && at <= 1);
  ahead = { ...next, bar: { ...told.bar, ticks }, stamp: told.stamp + 0.5 };
  trusted = performance.now() + TRUST;
  say();
}

function say() {
  (document[NAME] ??= {})[told.key] = ahead ? { ...ahead, stamp: told.stamp + 0.5 } : told;
  document.dispatchEvent(new Event(NAME));
}
