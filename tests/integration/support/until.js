// Waiting for things to become true, always with a deadline.

import { setTimeout as delay } from 'node:timers/promises';

/** Whether the binary under test is a sanitizer build: slower, and larger. */
export const SANITIZED = process.env.SIGNALBOX_SANITIZED === '1';

/** How long anything that should happen at once may take. */
export const DEADLINE_MS = SANITIZED ? 30_000 : 10_000;

/**
 * Polls `condition` (may be async) every few milliseconds until it returns
 * something truthy, which is returned. `what` is a sentence's end: "waited for
 * WHAT". A condition that throws counts as not yet true.
 */
export async function until(condition, what, deadlineMs = DEADLINE_MS) {
  const end = performance.now() + deadlineMs;
  let last;
  for (;;) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(
        `waited ${deadlineMs} ms for ${what}; last seen: ${describe(last)}`);
    }
    await delay(5);
  }
}

/** Fails as soon as `check` (may be async) throws within the next `forMs`. */
export async function throughout(forMs, check) {
  const end = performance.now() + forMs;
  do {
    await check();
    await delay(20);
  } while (performance.now() < end);
}

/** Rejects with `what` if `promise` is not settled in time. */
export async function within(promise, what, deadlineMs = DEADLINE_MS) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${deadlineMs} ms for ${what}`)),
      deadlineMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(value) {
  if (value instanceof Error) return value.message;
  if (typeof value === 'string') return value;
  return JSON.stringify(value) ?? String(value);
}
