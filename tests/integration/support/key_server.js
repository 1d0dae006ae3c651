// An issuer's key server: keys come and go, and it can be slow, silent, wrong,
// elsewhere, or not there at all. And a forward proxy to reach it by.

import http from 'node:http';
import net from 'node:net';

import { LocalServer } from './local_server.js';
import { withNode } from './server.js';
import { jwkOf } from './tokens.js';
import { until } from './until.js';

const PATH = '/jwks.json';

export class KeyServer extends LocalServer {
  /** What was asked for its keys: {url, headers} each. */
  requests = [];
  /** How it answers (response, good answer's body); undefined: well. */
  behaviour = undefined;

  #keys = new Map();
  #held = undefined;

  /** `tls`: {certificate, key}, paths of PEM files. */
  static async start({ keys = [], tls } = {}) {
    const server = new KeyServer(tls);
    server.add(...keys);
    await server.accept();
    return server;
  }

  get url() {
    return this.origin + PATH;
  }

  // -- keys -------------------------------------------------------------------

  add(...keys) {
    for (const key of keys) this.#keys.set(key.kid, jwkOf(key));
  }

  remove(...keys) {
    for (const key of keys) this.#keys.delete(key.kid);
  }

  get document() {
    return JSON.stringify({ keys: [...this.#keys.values()] });
  }

  // -- being there, or not ----------------------------------------------------

  /** Requests are taken and not answered, until `thaw`. */
  freeze() {
    this.#held ??= [];
  }

  /** Answers what has been asked, with the keys of now. */
  thaw() {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const response of held) this.#answer(response);
  }

  /** Waits for this many requests in all. */
  asked(count) {
    return until(() => this.requests.length >= count,
      `request ${count} for the keys`);
  }

  take({ url, headers }, response) {
    this.requests.push({ url, headers });
    if (this.#held) this.#held.push(response);
    else this.#answer(response);
  }

  #answer(response) {
    if (this.behaviour) this.behaviour(response, this.document);
    else giving(this.document)(response);
  }
}

// -- behaviours ---------------------------------------------------------------

export const giving = (body) => (response) => {
  response.setHeader('Content-Type', 'application/jwk-set+json');
  response.end(body);
};

export const failing = (status) => (response, body) => {
  response.writeHead(status).end(body);
};

export const hangingUp = (response) => response.socket.destroy();

/** In the middle of the document. */
export const breakingOff = (response, body) => {
  response.writeHead(200, { 'Content-Length': body.length });
  response.write(body.slice(0, body.length / 2),
    () => response.socket.destroy());
};

export const redirecting = (to, status = 302) => (response) => {
  response.writeHead(status, { Location: to }).end();
};

/** Where to go, in an answer whose body goes on as long as somebody reads it. */
export class EndlessRedirect {
  /** Bytes that the node's end has taken, in its kernel or further. */
  served = 0;
  /** How often its reader has left. */
  left = 0;

  constructor(to) {
    this.answer = (response) => {
      response.writeHead(302, { Location: to });
      const piece = Buffer.alloc(65_536, 'x');
      const { socket } = response;
      const go = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', go);
      response.on('close', () => {
        this.served += socket.bytesWritten;
        this.left += 1;
      });
      go();
    };
  }
}

// -- the way there ------------------------------------------------------------

/** A proxy for http and, by CONNECT, https: every name leads to `issuer`. */
export class ForwardProxy {
  /** What it was asked for: `GET http://...`, `CONNECT host:port`. */
  asked = [];

  #server;

  static async start(issuer) {
    const proxy = new ForwardProxy();
    proxy.#server = http.createServer((request, response) => {
      proxy.asked.push(`${request.method} ${request.url}`);
      const { pathname, search } = new URL(request.url);
      http.get(`${issuer.origin}${pathname}${search}`, { agent: false },
        (answer) => {
          response.writeHead(answer.statusCode, answer.headers);
          answer.pipe(response);
        }).on('error', () => response.destroy());
    });
    proxy.#server.on('connect', (request, near, head) => {
      proxy.asked.push(`CONNECT ${request.url}`);
      const far = net.connect(issuer.port, '127.0.0.1', () => {
        near.write('HTTP/1.1 200 Connection established\r\n\r\n');
        far.write(head);
        near.pipe(far).pipe(near);
      });
      for (const socket of [near, far]) socket.on('error', () => far.destroy());
      near.on('close', () => far.destroy());
    });
    await new Promise((resolve) =>
      proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

/**
 * A test body with an issuer and a node that believes it: `withIssuer({keys,
 * tls, env}, async ({server, issuer, t}) => {...})`. `env` may be a function of
 * the issuer.
 */
export function withIssuer({ env = {}, ...options }, body) {
  return async (t) => {
    const issuer = await KeyServer.start(options);
    try {
      const more = typeof env === 'function' ? env(issuer) : env;
      await withNode({
        env: {
          ENABLE_AUTH: 'true',
          JWT_ALG: 'RS256,PS256,ES256,EdDSA',
          JWT_JWKS_URL: issuer.url,
          ...more,
        },
      }, (server) => body({ server, issuer, t }))(t);
    } finally {
      await issuer.close();
    }
  };
}
