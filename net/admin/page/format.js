// Numbers as people read them. Pure.

export const NOTHING = '–';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const rough = new Intl.NumberFormat('en', { notation: 'compact' });
const figures = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const count = (n) => whole.format(n);

/** Where the size alone matters: 1,048,576 is 1M. */
export const roughly = (n) => rough.format(n);

/** Something per second. */
export function rate(n) {
  if (n === null) return NOTHING;
  return n >= 100 ? whole.format(n) : tenths.format(n);
}

export const percent = (share) => `${whole.format(share * 100)} %`;

export function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; n >= 1024 && i + 1 < units.length; i += 1) n /= 1024;
  return `${i === 0 || n >= 100 ? whole.format(n) : tenths.format(n)}`
    + ` ${units[i]}`;
}

/** A time span of any length in the two units that matter. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NOTHING;
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 0.001) return `${figures.format(seconds * 1e6)} µs`;
  if (seconds < 1) return `${figures.format(seconds * 1e3)} ms`;
  if (seconds < 60) return `${tenths.format(seconds)} s`;
  const total = Math.floor(seconds);
  const parts = [
    [Math.floor(total / 86_400), 'd'], [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'], [total % 60, 's'],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts.slice(first, first + 2)
    .map(([n, unit]) => `${n} ${unit}`).join(' ');
}

/** A short axis label for a latency in seconds. */
export const latency = (seconds) =>
  (seconds === null ? NOTHING : duration(seconds));

/** Wall clock in the reader's time zone, with milliseconds. */
export function clock(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const two = (n) => String(n).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:`
    + `${two(at.getSeconds())}.`
    + String(at.getMilliseconds()).padStart(3, '0');
}

/** `room_full` and `messagesReceived` as words. */
export const words = (name) => name
  .replace(/_/g, ' ')
  .replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
