// The stream of overviews and its life: open while the page is seen, closed
// while it is hidden, opened again with growing patience when it is lost. One
// stream at a time; a stopped feed tells nothing any more.

import { Refusal, overviews } from './api.js';

const INTERVAL_MS = 1000;

/** Silence that long means that the node, or the way to it, is gone. */
const SILENCE_MS_MAX = 6000;
const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 10_000;

/** Something that goes on, in `run(signal)`, until it is stopped. */
class Loop {
  #stopping = new AbortController();

  /** From its beginning, also if it is under way. */
  start() {
    this.stop();
    this.#stopping = new AbortController();
    this.run(this.#stopping.signal);
  }

  stop() {
    this.#stopping.abort();
  }
}

export class Feed extends Loop {
  #tell;

  /**
   * `tell`: {overview(o), state(name, sentence), refused(refusal)}; states are
   * connecting, live, paused and lost.
   */
  constructor(tell) {
    super();
    this.#tell = tell;
  }

  async run(stop) {
    let retryMs = RETRY_MS_MIN;
    while (!stop.aborted) {
      if (document.hidden) {
        this.#tell.state('paused', 'Paused while hidden');
        await visible(stop);
        continue;
      }
      const end = await this.#readOnce(stop);
      if (stop.aborted) return;
      if (end.refusal) {
        this.#tell.refused(end.refusal);
        return;
      }
      if (end.wasHidden) continue;
      if (end.hasHeard) retryMs = RETRY_MS_MIN;
      this.#tell.state('lost', `Connection lost: ${end.why}. `
        + `Trying again in ${Math.round(retryMs / 1000)} s.`);
      await pause(retryMs, stop);
      retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
    }
  }

  /** Reads one stream to its end; says how that came. */
  async #readOnce(stop) {
    const attempt = new AbortController();
    const end = { hasHeard: false, wasHidden: false, why: 'it was ended' };
    const abort = () => attempt.abort();
    const hide = () => {
      if (!document.hidden) return;
      end.wasHidden = true;
      abort();
    };
    let watchdog;
    const expectMore = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        end.why = 'the node is silent';
        abort();
      }, SILENCE_MS_MAX);
    };
    stop.addEventListener('abort', abort);
    document.addEventListener('visibilitychange', hide);
    try {
      expectMore();
      for await (const overview of overviews(INTERVAL_MS, attempt.signal)) {
        if (stop.aborted) return end;
        expectMore();
        end.hasHeard = true;
        this.#tell.state('live', 'Live');
        this.#tell.overview(overview);
      }
    } catch (error) {
      if (error instanceof Refusal && error.isForAll) end.refusal = error;
      else if (error instanceof Refusal) end.why = error.message;
      else if (!attempt.signal.aborted) end.why = 'the node cannot be reached';
    } finally {
      clearTimeout(watchdog);
      stop.removeEventListener('abort', abort);
      document.removeEventListener('visibilitychange', hide);
    }
    return end;
  }
}

/** Resolves when the page is seen, or `stop` aborts. */
function visible(stop) {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !stop.aborted) return;
      document.removeEventListener('visibilitychange', look);
      stop.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    stop.addEventListener('abort', look);
    look();
  });
}

/** Waits; less if `stop` aborts, or whoever comes back to the page wants it. */
export function pause(ms, stop) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', done);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    document.addEventListener('visibilitychange', done);
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}

/**
 * Does `task(signal)` now and every `everyMs` after its end, while the page is
 * seen. `task` handles its own errors. `start()` does it at once.
 */
export class Poll extends Loop {
  #task;
  #everyMs;

  constructor(task, everyMs) {
    super();
    this.#task = task;
    this.#everyMs = everyMs;
  }

  async run(stop) {
    while (!stop.aborted) {
      await visible(stop);
      if (stop.aborted) return;
      await this.#task(stop);
      await pause(this.#everyMs, stop);
    }
  }
}
