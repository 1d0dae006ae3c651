// An admin API that answers as net/admin/openapi.json says, from what a test
// puts into it, and remembers what it was asked. It can be wrong, silent, or
// not there at all.

import { LocalServer } from './local_server.js';

const API = '/admin/api/v1/';

export const session = (id, more = {}) => ({
  id: String(id), actor: '17', room: 'lobby', shard: 1, state: 'open',
  address: '192.0.2.1', dialect: 'base', subject: '', ageSeconds: 65.2,
  messagesIn: 3, messagesOut: 4, bytesIn: 600, bytesOut: 4096, unsentBytes: 0,
  lastPongSeconds: null, ...more,
});

export const room = (id, more = {}) => ({
  id, shard: 0, actor: '9', members: 2, hasRemote: false, messages: 10,
  bytes: 2048, unsentBytes: 5, ageSeconds: 3700, ...more,
});

export const actor = (id, more = {}) => ({
  id: String(id), kind: 'room', shard: 0, session: '', room: 'lobby',
  mailboxNow: 1, mailboxMax: 4, handled: 12, handlingSeconds: 0.0021,
  ageSeconds: 5, restarts: 0, ...more,
});

const histogram = () => ({
  bounds: [0.001, 0.01], counts: [10, 0, 0], sumSeconds: 0.005,
});

export const overview = (more = {}) => ({
  node: 'node1', version: '0.1.0', environment: 'test', uptimeSeconds: 100,
  isReady: true, isDraining: false, logLevel: 'info', sessions: 2,
  connections: 3, rooms: 1,
  shards: [{
    shard: 0, sessions: 2, rooms: 1, load: 0.5, busySeconds: 50, turns: 1000,
    turnSeconds: histogram(), longestTurnSeconds: 0.002,
  }],
  backplane: { kind: 'embedded', state: 'up', breaker: 'closed' },
  cluster: [{
    node: 'node1', isSelf: true, isAlive: true, shards: 1, leaseSeconds: null,
  }],
  counters: {
    messagesReceived: 1000, messagesForwarded: 2000, schemaRejections: 100,
    rateLimitDrops: 0, sessionRateDrops: 0, addressRateDrops: 0,
    roomRateDrops: 0, backpressureCloses: 0,
  },
  sessionsEnded: { left: 5 },
  fanoutSeconds: histogram(),
  redisCommandSeconds: histogram(),
  redisDeliverySeconds: histogram(),
  process: {
    residentBytes: 8388608, descriptors: 40, descriptorsMax: 1024,
    cpuSeconds: 10,
  },
  limits: { ROOM_CAPACITY: 10 },
  ...more,
});

export class AdminMock extends LocalServer {
  /** {method, url, authorization, body} each. */
  requests = [];
  /** What it asks for; undefined: nothing. */
  token = undefined;
  /** Before the API's path. */
  prefix = '';
  /** How it answers in place of the API: (request, response). */
  behaviour = undefined;

  overview = overview();
  sessions = [session(1), session(2)];
  rooms = [room('lobby')];
  actors = [actor(9)];
  /** Rows a page at most. */
  pageMax = 1000;

  /** `tls`: {certificate, key}, paths of PEM files. */
  static async start({ tls } = {}) {
    const mock = new AdminMock(tls);
    await mock.accept();
    return mock;
  }

  get url() {
    return this.origin + this.prefix;
  }

  /** `GET sessions?limit=3`, without the API's path. */
  get asked() {
    return this.requests.map(({ method, url }) =>
      `${method} ${url.replace(this.prefix + API, '')}`);
  }

  async take(request, response) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    this.requests.push(
      { method, url, authorization: headers.authorization, body, headers });
    if (this.behaviour) {
      this.behaviour(request, response);
      return;
    }
    if (this.token && headers.authorization !== `Bearer ${this.token}`) {
      giving(401, { error: 'A token is needed.' })(request, response);
      return;
    }
    giving(...this.#answer(method, url, body))(request, response);
  }

  #answer(method, url, body) {
    // Not by the class URL, which would take `..` for a way up.
    const [pathname, query] = url.split('?');
    const searchParams = new URLSearchParams(query);
    const api = this.prefix + API;
    if (!pathname.startsWith(api)) return [426, 'Upgrade Required'];
    const [word, id, verb] =
      pathname.slice(api.length).split('/').map(decodeURIComponent);
    const route = [method, word, id && 'ID', verb].filter(Boolean).join(' ');
    const list = this[word];
    const one = id && Array.isArray(list) && list.find((x) => x.id === id);
    if (id && !one) return [404, { error: `No such thing: ${id}` }];
    switch (route) {
      case 'GET overview': return [200, this.overview];
      case 'GET sessions':
      case 'GET rooms': return [200, this.#page(list, searchParams)];
      case 'GET actors': return [200, {
        total: list.length,
        totals: {
          count: 1, mailboxNow: 1, mailboxMax: 4, handled: 12,
          handlingSeconds: 2, restarts: 0,
        },
        byKind: [{
          kind: 'room', count: 1, mailboxNow: 1, mailboxMax: 4, handled: 12,
          handlingSeconds: 2, restarts: 0,
        }],
        top: list.slice(0, Number(searchParams.get('limit') ?? 20)),
      }];
      case 'GET sessions ID':
      case 'GET rooms ID':
      case 'GET actors ID': return [200, one];
      case 'POST sessions ID kick':
        return [200, { session: one.id, room: one.room }];
      case 'POST rooms ID close': return [200, { room: one.id, sessions: 2 }];
      case 'POST drain':
        this.overview.isDraining = JSON.parse(body).action === 'start';
        return [200, { isDraining: this.overview.isDraining }];
      case 'PUT log-level': return [200, JSON.parse(body)];
      default: return [405, { error: `Not with ${method}.` }];
    }
  }

  #page(list, parameters) {
    const limit = Number(parameters.get('limit') ?? 100);
    const from = Number(parameters.get('after') ?? 0);
    const to = from + Math.min(limit, this.pageMax);
    return {
      items: list.slice(from, to),
      total: list.length,
      next: to < list.length ? String(to) : null,
    };
  }
}

// -- behaviours ---------------------------------------------------------------

export const giving = (status, body) => (_, response) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
};

export const redirecting = (to) => (_, response) => {
  response.writeHead(302, { Location: to }).end();
};

export const silent = () => {};

/** A test body with a mock: `withMock({tls}, async (mock) => {...})`. */
export function withMock(options, body) {
  return async (t) => {
    const mock = await AdminMock.start(options);
    try {
      await body(mock, t);
    } finally {
      await mock.close();
    }
  };
}
