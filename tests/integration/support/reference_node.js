// Plays a node of the reference server on the same Redis, as protocol §5
// describes it: the `redis` package, a pattern subscription to room:*, its
// envelope, its members. It has one client a room, in memory, that keeps what
// it gets; whatever the node does not understand is kept as `odd`.

import { randomUUID } from 'node:crypto';

import { DEADLINE_MS, until } from './until.js';

const JOIN = `
  if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
  redis.call('SADD', KEYS[1], ARGV[1])
  if tonumber(ARGV[3]) > 0 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
  return 1`;

export class ReferenceNode {
  id = randomUUID();
  /** {channel, message} that no reference node could read. */
  odd = [];

  #commands;
  #members = new Set();

  static async start(redis) {
    const node = new ReferenceNode();
    node.#commands = await redis.client();
    const subscriber = await redis.client();
    await subscriber.pSubscribe('room:*', (message, channel) =>
      node.#heard(channel, message));
    return node;
  }

  /** A client of its own in `room`; undefined if the room is full. */
  async join(room, { capacity = 1000, ttlSeconds = 3600 } = {}) {
    const member = new ReferenceMember(this, room);
    const joined = await this.#commands.eval(JOIN, {
      keys: [`room:${room}`],
      arguments: [member.id, String(capacity), String(ttlSeconds)],
    });
    if (!joined) return undefined;
    this.#members.add(member);
    return member;
  }

  async leave(member) {
    this.#members.delete(member);
    await this.#commands.sRem(`room:${member.room}`, member.id);
    await this.publish(member, { type: 'peer-disconnected' });
  }

  publish(member, data) {
    return this.#commands.publish(`room:${member.room}`, JSON.stringify(
      { senderId: member.id, data, originServerId: this.id }));
  }

  #heard(channel, message) {
    const envelope = readEnvelope(message);
    if (!envelope) {
      this.odd.push({ channel, message });
      return;
    }
    if (envelope.originServerId === this.id) return;
    for (const member of this.#members) {
      if (`room:${member.room}` !== channel) continue;
      if (member.id === envelope.senderId) continue;
      member.messages.push(JSON.stringify(envelope.data));
      member.senders.push(envelope.senderId);
    }
  }
}

class ReferenceMember {
  id = randomUUID();
  /** What its client got, and who sent it. */
  messages = [];
  senders = [];

  #node;

  constructor(node, room) {
    this.#node = node;
    this.room = room;
  }

  /** As its client sends it. */
  sendText(text) {
    return this.#node.publish(this, JSON.parse(text));
  }

  /** Its client's next message. */
  async text(what = 'a message', deadlineMs = DEADLINE_MS) {
    await until(() => this.messages.length > 0, what, deadlineMs);
    return this.messages.shift();
  }

  leave() {
    return this.#node.leave(this);
  }
}

/** The envelope, or undefined unless it has exactly its three members. */
function readEnvelope(message) {
  try {
    const read = JSON.parse(message);
    const names = Object.keys(read).sort().join();
    return names === 'data,originServerId,senderId' ? read : undefined;
  } catch {
    return undefined;
  }
}
