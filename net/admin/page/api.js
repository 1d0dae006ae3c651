// The admin API as this page asks it. The token is in this module and in the
// tab's session storage, and leaves in one header only: it is in no address
// and in no message.

const STORED = 'signalbox-admin-token';
const BASE = new URL('api/v1/', new URL('.', document.baseURI));

/** A line of the stream is a few KB; this is no line. */
const LINE_LENGTH_MAX = 8 * 1024 * 1024;

let token = sessionStorage.getItem(STORED) ?? '';

export const hasToken = () => token !== '';

/** Whether it can be one: only such a text can be sent. */
export const isToken = (text) => /^[\x21-\x7e]+$/.test(text);

export function keepToken(text) {
  token = text;
  sessionStorage.setItem(STORED, text);
}

export function forgetToken() {
  token = '';
  sessionStorage.removeItem(STORED);
}

/** An answer that is no 200; `message` is the node's own sentence. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether no request at all will do better without another token. */
  get isForAll() {
    return this.status === 401 || this.status === 403;
  }
}

/** What went wrong, for people. */
export const sentenceOf = (error) => (error instanceof Refusal
  ? error.message : 'the node cannot be reached');

async function request(path, { method, body, query, signal } = {}) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== '' && value !== null) url.searchParams.set(name, value);
  }
  const headers = {};
  if (token !== '') headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(url, {
    method, headers, signal, cache: 'no-store', credentials: 'omit',
    redirect: 'error', body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Refusal(answer.status, await reasonOf(answer));
  return answer;
}

async function reasonOf(answer) {
  const text = await answer.text();
  try {
    const { error } = JSON.parse(text);
    if (typeof error === 'string') return error;
  } catch {
    // Not of the API, then: a proxy's, or another server's.
  }
  return `HTTP ${answer.status}`;
}

export async function ask(path, options) {
  return (await request(path, options)).json();
}

/** A path of the API; ids are whatever a client called itself. */
export const path = (...parts) => parts.map(encodeURIComponent).join('/');

/** The overview again and again, until `signal` aborts or the node ends it. */
export async function* overviews(intervalMs, signal) {
  const answer = await request('overview/stream',
    { query: { intervalMs }, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      if (rest.length > LINE_LENGTH_MAX) throw new Error('an endless line');
      for (const line of lines) {
        if (line.trim() !== '') yield JSON.parse(line);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
