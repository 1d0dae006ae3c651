// Limits that hold across nodes, counted without asking Redis on a message's
// way: the sum over n nodes may exceed a limit by n-1 limits until they have
// told each other, and by nothing in the long run.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { marker } from './support/messages.js';
import { entered, gather, withNodes } from './support/nodes.js';
import { SANITIZED, until } from './support/until.js';

const DROPS = 'signaling_rate_limit_drops_total';
const LIMITED = { code: 1013, reason: 'Rate limited' };

const from = (address) => ({ headers: { 'X-Forwarded-For': address } });

const dropsOf = async (nodes) => {
  let sum = 0;
  for (const node of nodes) sum += await node.metric(DROPS);
  return sum;
};

/** Tries to connect; whether the node let it in. */
async function connects(node, address) {
  const client = await node.session(`room-${address}`, from(address));
  client.sendText('not json');
  const frame = await client.frame('the seat, or the refusal');
  client.drop();
  if (frame.opcode === 1) return true;
  assert.deepEqual({
    code: frame.payload.readUInt16BE(0),
    reason: frame.payload.subarray(2).toString(),
  }, LIMITED);
  return false;
}

describe('redis rates', { concurrency: 3 }, () => {
  test('RATE_LIMIT_ROOM_MSGS_PER_10S bounds what all nodes let through',
    withNodes({
    env: { RATE_LIMIT_ROOM_MSGS_PER_10S: '100' },
  }, async ({ nodes }, t) => {
    const [one, two] = nodes;
    // Their greetings are three of the messages.
    const [a, b, receiver] = await gather('room', one, two, two);
    const [c, elsewhere] = await gather('another', one, two);
    const begin = performance.now();
    let sent = 0;
    await until(() => {
      a.sendText(marker(`m-${sent}`));
      b.sendText(marker(`m-${sent}`));
      sent += 1;
      return performance.now() > begin + 8_000;
    }, 'eight seconds of talk', 20_000);
    await until(async () => {
      const drops = await dropsOf(nodes);
      // All that came through came to the receiver.
      return drops + receiver.frames.length === 2 * sent;
    }, 'all to be heard or dropped');
    const seconds = (performance.now() - begin) / 1000;
    const heard = receiver.frames.length;
    t.diagnostic(`${heard} of ${2 * sent} in ${seconds.toFixed(1)} s`);
    assert.ok(heard >= 100, `${heard} heard`);
    assert.ok(heard <= 2 * 100 + 10 * seconds + 20, `${heard} heard`);
    c.sendText(marker('another room'));
    assert.equal(await elsewhere.text(), marker('another room'));
  }));

  test('a room used up on one node is used up on the other',
    withNodes({ env: { RATE_LIMIT_ROOM_MSGS_PER_10S: '300' } },
      async ({ nodes: [one, two] }, t) => {
        const [a, b] = await gather('room', one, two);
        a.sendText(...Array.from({ length: 400 }, (_, i) => marker(`m-${i}`)));
        await until(async () => await one.metric(DROPS) > 0, 'the first drop');
        const begin = performance.now();
        let sent = 0;
        await until(async () => {
          b.sendText(marker('mine'));
          sent += 1;
          return await two.metric(DROPS) > 0;
        }, 'a drop on the other node');
        t.diagnostic(`${sent} passed in `
          + `${(performance.now() - begin).toFixed(0)} ms`);
        assert.ok(sent < 300, `${sent} passed on the other node`);
      }));

  test('a limited room is free again after a while on both nodes',
    withNodes({ env: { RATE_LIMIT_ROOM_MSGS_PER_10S: '20' } },
      async ({ nodes: [one, two] }) => {
        const [a, b, c] = await gather('room', one, two, two);
        a.sendText(...Array.from({ length: 60 }, (_, i) => marker(`m-${i}`)));
        await until(async () => await one.metric(DROPS) > 0, 'a drop');
        const seen = c.frames.length;
        const begin = performance.now();
        await until(() => performance.now() > begin + 4_000, 'some seconds');
        b.sendText(marker('again'));
        await until(() => c.frames.slice(seen).some((frame) =>
          frame.payload.toString() === marker('again')), 'it to be heard');
      }));

  test('RATE_LIMIT_CONN_PER_10S bounds the connections of an address to all'
    + ' nodes', withNodes({
    env: { RATE_LIMIT_CONN_PER_10S: '40', TRUSTED_PROXIES: '127.0.0.1/32' },
  }, async ({ nodes: [one, two] }, t) => {
    const address = '198.51.100.7';
    let first = 0;
    while (await connects(one, address)) first += 1;
    assert.ok(first >= 40 && first < 60, `${first} to the first node`);
    let second = 0;
    await until(async () => {
      const isIn = await connects(two, address);
      second += isIn ? 1 : 0;
      return !isIn;
    }, 'the other node to refuse');
    t.diagnostic(`${first} and then ${second} connections`);
    assert.ok(second < (SANITIZED ? 40 : 30), `${second} to the other node`);
    assert.ok(await connects(two, '198.51.100.8'), 'another address');
    assert.ok(await connects(one, '198.51.100.9'), 'another address');
  }));

  test('hundreds of connections at once are bounded by a limit a node',
    withNodes({
    count: 3,
    env: { RATE_LIMIT_CONN_PER_10S: '20', TRUSTED_PROXIES: '127.0.0.1/32' },
  }, async ({ nodes }) => {
    const begin = performance.now();
    const all = await Promise.all(Array.from({ length: 300 }, (_, i) =>
      connects(nodes[i % 3], '198.51.100.7')));
    const seconds = (performance.now() - begin) / 1000;
    const admitted = all.filter(Boolean).length;
    assert.ok(admitted >= 20 && admitted <= 3 * 20 + 3 * 2 * seconds + 3,
      `${admitted} were let in`);
  }));

  test('with the limit far away nothing is lost', withNodes({
    env: { RATE_LIMIT_ROOM_MSGS_PER_10S: '100000' },
  }, async ({ nodes }) => {
    const [a, b, c] = await gather('room', ...nodes, nodes[0]);
    const texts = Array.from({ length: 2_000 }, (_, i) => marker(`m-${i}`));
    a.sendText(...texts);
    assert.deepEqual(await b.texts(2_000), texts);
    assert.deepEqual(await c.texts(2_000), texts);
    assert.equal(await dropsOf(nodes), 0);
    await entered(a);
  }));
});
