// An HTTP or HTTPS server of the tests' own on 127.0.0.1, which can be away for
// a while. Derived classes answer what it takes.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

export class LocalServer {
  port = 0;

  #tls;
  #server;

  /** `tls`: {certificate, key}, paths of PEM files. */
  constructor(tls) {
    this.#tls = tls;
  }

  get origin() {
    return `${this.#tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Listens, on the port it had before if it had one. */
  async accept() {
    const take = (request, response) => this.take(request, response);
    this.#server = this.#tls
      ? https.createServer({
        cert: readFileSync(this.#tls.certificate),
        key: readFileSync(this.#tls.key),
      }, take)
      : http.createServer(take);
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = this.#server.address().port;
  }

  /** Ends all connections; new ones are refused by the kernel. */
  async refuse() {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  close() {
    return this.refuse();
  }
}
