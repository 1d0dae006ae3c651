// What the plots show: the last five minutes, made of the differences between
// overviews. Rates are by the node's own clock. Pure: no page, no clock.

export const WINDOW_MS = 300_000;

/** Less than this between two overviews says nothing of rates. */
const STEP_S = 0.5;

/** More than this between two overviews is a gap, not a slow second. */
const GAP_S = 5;

/** A latency is that of so many seconds: one second alone is too few cases. */
const LATENCY_S = 10;

const LATENCIES = {
  fanout: 'fanoutSeconds',
  command: 'redisCommandSeconds',
  delivery: 'redisDeliverySeconds',
};

/** Counts between two states of a histogram; null if it is not the same. */
function countsBetween(before, now) {
  if (before.counts.length !== now.counts.length) return null;
  return now.counts.map((n, i) => n - before.counts[i]);
}

/**
 * The `share`-quantile in seconds of what came between two states of a
 * histogram, evenly spread in its bucket as Prometheus has it; null if nothing
 * came. Above the last bound it is that bound.
 */
export function quantile(before, now, share) {
  const counts = countsBetween(before, now);
  if (!counts) return null;
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total <= 0) return null;
  const rank = share * total;
  let below = 0;
  for (let i = 0; i < now.bounds.length; i += 1) {
    if (below + counts[i] >= rank && counts[i] > 0) {
      const floor = i === 0 ? 0 : now.bounds[i - 1];
      const part = (rank - below) / counts[i];
      return floor + (now.bounds[i] - floor) * part;
    }
    below += counts[i];
  }
  return now.bounds.at(-1);
}

/**
 * What sessions end with that nobody refused, as the alert SignalboxRefusals
 * has it. Those who read too slowly are counted as backpressure.
 */
const ENDS_WITHOUT_REFUSAL = new Set(['left', 'draining', 'slow_consumer',
  'token_expired', 'kicked', 'room_closed']);

/** All that was refused, by reason; not what clients and operators end. */
function refusalsOf({ counters, sessionsEnded }) {
  const refused = Object.entries(sessionsEnded)
    .filter(([reason]) => !ENDS_WITHOUT_REFUSAL.has(reason));
  return {
    ...Object.fromEntries(refused),
    schema: counters.schemaRejections ?? 0,
    session_rate: counters.sessionRateDrops ?? 0,
    address_rate: counters.addressRateDrops ?? 0,
    room_rate: counters.roomRateDrops ?? 0,
    backpressure: counters.backpressureCloses ?? 0,
  };
}

const isLess = (now, before) =>
  Object.entries(before).some(([name, n]) => (now[name] ?? 0) < n);

/** Whether `now` cannot have come after `before` in one life of a node. */
export function isAnotherLife(before, now) {
  return before.node !== now.node
    || now.uptimeSeconds < before.uptimeSeconds
    || before.shards.length !== now.shards.length
    || isLess(now.counters, before.counters)
    || isLess(now.sessionsEnded, before.sessionsEnded);
}

const perSecond = (before, now, seconds) => (now - before) / seconds;

function ratesBetween(before, now, seconds) {
  const refused = refusalsOf(now);
  const refusedBefore = refusalsOf(before);
  const of = (name) => perSecond(before.counters[name] ?? 0,
    now.counters[name] ?? 0, seconds);
  return {
    messagesIn: of('messagesReceived'),
    messagesOut: of('messagesForwarded'),
    cpu: perSecond(before.process.cpuSeconds, now.process.cpuSeconds, seconds),
    refusals: Object.fromEntries(Object.entries(refused).map(([name, n]) =>
      [name, perSecond(refusedBefore[name] ?? 0, n, seconds)])),
  };
}

const NO_RATES =
  { messagesIn: null, messagesOut: null, cpu: null, refusals: {} };

export class History {
  /** Oldest first. A gap is a point that has `at` alone. */
  points = [];

  #last = null;
  /** Overviews of the last LATENCY_S. */
  #recent = [];

  /**
   * Takes one more overview, which came at `at` (milliseconds, ascending).
   * True if a new life of a node began, and the history with it.
   */
  take(now, at) {
    const isNew = this.#last === null || isAnotherLife(this.#last, now);
    if (isNew) this.#forget();
    const seconds =
      this.#last ? now.uptimeSeconds - this.#last.uptimeSeconds : 0;
    if (!isNew && seconds < STEP_S) return false;
    if (seconds > GAP_S) {
      this.points.push({ at: at - 1 });
      this.#recent = [];
    }
    const hasRates = !isNew && seconds <= GAP_S;
    this.points.push({
      at,
      sessions: now.sessions,
      rooms: now.rooms,
      loads: now.shards.map((shard) => shard.load),
      ...(hasRates ? ratesBetween(this.#last, now, seconds) : NO_RATES),
      ...this.#latencies(now),
    });
    while (this.points[0].at < at - WINDOW_MS) this.points.shift();
    this.#last = now;
    return isNew;
  }

  #latencies(now) {
    const oldest = now.uptimeSeconds - LATENCY_S - 0.5;
    this.#recent.push(now);
    while (this.#recent[0].uptimeSeconds < oldest) this.#recent.shift();
    const before = this.#recent[0];
    return Object.fromEntries(Object.entries(LATENCIES).map(([name, field]) =>
      [name, {
        p50: quantile(before[field], now[field], 0.5),
        p99: quantile(before[field], now[field], 0.99),
      }]));
  }

  #forget() {
    this.points = [];
    this.#last = null;
    this.#recent = [];
  }
}
