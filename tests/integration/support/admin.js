// The admin API as a program uses it: JSON in and out, answers held against what
// the node's own OpenAPI document says of them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import Ajv2020 from 'ajv/dist/2020.js';

import { DEADLINE_MS, until, within } from './until.js';

export const API = '/admin/api/v1';

/** A good one. */
export const ADMIN_TOKEN = 'a-token-of-an-operator-0123';

/** The document in the tree; the node serves the same. */
export const DESCRIPTION = JSON.parse(readFileSync(
  new URL('../../../net/admin/openapi.json', import.meta.url), 'utf8'));

const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ $id: 'api', components: DESCRIPTION.components });

function schemaOf(method, path, status) {
  const template = Object.keys(DESCRIPTION.paths).find((name) =>
    new RegExp(`^${name.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
  const operation = DESCRIPTION.paths[template]?.[method.toLowerCase()];
  const response = operation?.responses[status];
  assert.ok(response, `the API says nothing of ${status} to ${method} ${path}`);
  return response.content?.['application/json']?.schema;
}

/** Fails unless `value` is what the API says of it. */
export function assertDescribed(method, path, status, value) {
  const schema = schemaOf(method, path, status);
  if (!schema) return;
  const text = JSON.stringify(schema).replaceAll('"#/', '"api#/');
  const isValid = ajv.compile(JSON.parse(text));
  assert.ok(isValid(value), `${method} ${path}: ${status} is not as described: `
    + JSON.stringify(isValid.errors?.slice(0, 3)));
}

export class Admin {
  #server;
  #port;
  #headers;

  constructor(server, { port, token, headers = {} } = {}) {
    this.#server = server;
    this.#port = port;
    this.#headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    };
  }

  /**
   * {status, headers, body, json}; `path` is one behind /admin/api/v1, with its
   * query. An answer that is not as described fails.
   */
  async call(method, path, body, headers = {}) {
    const answer = await this.raw(method, API + path, body, headers);
    if (method === 'HEAD') return answer;
    assert.match(answer.headers['content-type'], /^application\/json$/);
    answer.json = JSON.parse(answer.body);
    if (answer.status !== 400 && answer.status !== 404) {
      assertDescribed(method, API + path.replace(/\?.*/s, ''), answer.status,
        answer.json);
    }
    return answer;
  }

  raw(method, target, body, headers = {}) {
    return within(new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1', port: this.#port ?? this.#server.port,
        path: target, method, agent: false,
        headers: { ...this.#headers, ...headers },
      });
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => { text += chunk; });
        response.once('error', reject);
        response.once('end', () => resolve({
          status: response.statusCode, headers: response.headers, body: text,
        }));
      });
      request.end(body);
    }), `the answer to ${method} ${target}`);
  }

  /** The JSON of a GET that is well. */
  async get(path) {
    const answer = await this.call('GET', path);
    assert.equal(answer.status, 200, answer.body);
    return answer.json;
  }

  /** The JSON of a POST that is well. */
  async post(path, body) {
    const answer = await this.call('POST', path, body && JSON.stringify(body));
    assert.equal(answer.status, 200, answer.body);
    return answer.json;
  }

  /** All items of a list, page by page; `between` is called after each. */
  async pages(path, limit, between = async () => {}) {
    const all = [];
    const glue = path.includes('?') ? '&' : '?';
    for (let next = ''; next !== null;) {
      const page = await this.get(
        `${path}${glue}limit=${limit}${next && `&after=${next}`}`);
      assert.ok(page.items.length <= limit);
      all.push(...page.items);
      next = page.next;
      await between();
    }
    return all;
  }

  stream(query = '') {
    return OverviewStream.open(this.#port ?? this.#server.port, query,
      this.#headers);
  }
}

/** GET overview/stream: its lines, parsed, as they come. */
export class OverviewStream {
  lines = [];
  /** How it ended: undefined while it goes on. */
  end = undefined;

  #request;
  #rest = '';

  static open(port, query, headers) {
    const stream = new OverviewStream();
    return within(new Promise((resolve, reject) => {
      stream.#request = http.request({
        host: '127.0.0.1', port, agent: false, headers,
        path: `${API}/overview/stream${query}`,
      });
      stream.#request.once('error', reject);
      stream.#request.once('response', (response) => {
        stream.response = response;
        response.setEncoding('utf8');
        response.on('data', (chunk) => stream.#take(chunk));
        response.once('error', (error) => { stream.end ??= error.code; });
        response.once('end', () => { stream.end ??= 'end'; });
        resolve(stream);
      });
      stream.#request.end();
    }), 'the head of the stream');
  }

  /** The next line. */
  async next() {
    await until(() => this.lines.length > 0, 'a line of the overview');
    return this.lines.shift();
  }

  /** The first line, of those to come, for which `condition` holds. */
  async until(condition, what) {
    const end = performance.now() + DEADLINE_MS;
    for (;;) {
      const line = await this.next();
      if (condition(line)) return line;
      assert.ok(performance.now() < end, `waited for ${what}`);
    }
  }

  close() {
    this.#request.destroy();
  }

  #take(chunk) {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop();
    this.lines.push(...lines.map((line) => JSON.parse(line)));
  }
}
