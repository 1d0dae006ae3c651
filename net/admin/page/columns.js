// What the tables show of rooms, sessions and actors, and where a click leads.

import { path } from './api.js';
import { NOTHING, bytes, count, duration } from './format.js';

/** A cell that leads to a room, a session or an actor, if there is one. */
export const link = (kind, id) =>
  (id === '' ? NOTHING : { text: id, href: `#/${path(kind, id)}` });

const number = (title, of, more = {}) =>
  ({ title, isNumber: true, cell: of, ...more });

/** For a table whose order nobody can choose. */
export const unsorted = ({ sort, ...column }) => column;

const age = number('Age', (x) => duration(x.ageSeconds), { sort: 'age' });

export const ROOM_COLUMNS = [
  { title: 'Room', sort: 'id', cell: (x) => link('rooms', x.id) },
  number('Members', (x) => count(x.members)),
  { title: 'Elsewhere', hint: 'Members on other nodes may have to hear',
    cell: (x) => (x.hasRemote ? 'yes' : 'no') },
  number('Messages', (x) => count(x.messages), { sort: 'messages' }),
  number('Bytes', (x) => bytes(x.bytes), { sort: 'bytes' }),
  number('Unsent', (x) => bytes(x.unsentBytes), { sort: 'unsent' }),
  age,
  number('Shard', (x) => String(x.shard)),
  number('Actor', (x) => link('actors', x.actor)),
];

const room = { title: 'Room', cell: (x) => link('rooms', x.room) };

/** A room's members are all in one room. */
export const MEMBER_COLUMNS = [
  { title: 'Session', sort: 'id', cell: (x) => link('sessions', x.id) },
  { title: 'State', cell: (x) => ({ text: x.state, state: x.state }) },
  { title: 'Address', cell: (x) => x.address },
  { title: 'Subject', hint: 'Of its token',
    cell: (x) => x.subject || NOTHING },
  { title: 'Dialect', cell: (x) => x.dialect },
  number('Messages in / out',
    (x) => `${count(x.messagesIn)} / ${count(x.messagesOut)}`,
    { sort: 'messages', hint: 'From and to the client' }),
  number('Bytes in / out', (x) => `${bytes(x.bytesIn)} / ${bytes(x.bytesOut)}`,
    { sort: 'bytes', hint: 'From and to the client' }),
  number('Unsent', (x) => bytes(x.unsentBytes), { sort: 'unsent' }),
  number('Last pong', (x) => duration(x.lastPongSeconds)),
  age,
];

export const SESSION_COLUMNS =
  [MEMBER_COLUMNS[0], room, ...MEMBER_COLUMNS.slice(1)];

const mailboxNow = number('Waiting', (x) => count(x.mailboxNow),
  { sort: 'mailboxNow', hint: 'Messages in the mailbox now' });
const mailboxMax = number('At most', (x) => count(x.mailboxMax),
  { sort: 'mailboxMax', hint: 'The longest the mailbox ever was' });
const handled = number('Handled', (x) => count(x.handled),
  { sort: 'handled', hint: 'Messages' });
const handlingTime = number('Time', (x) => duration(x.handlingSeconds),
  { sort: 'handlingSeconds', hint: 'Spent on handling messages' });
const mean = number('Mean',
  (x) => (x.handled > 0 ? duration(x.handlingSeconds / x.handled) : NOTHING),
  { hint: 'Time a message' });
const restarts = number('Restarts', (x) => count(x.restarts),
  { sort: 'restarts' });

export const ACTOR_COLUMNS = [
  { title: 'Actor', cell: (x) => link('actors', x.id) },
  { title: 'Kind', cell: (x) => x.kind },
  { title: 'Session', cell: (x) => link('sessions', x.session) },
  room,
  mailboxNow, mailboxMax, handled, handlingTime, mean, age, restarts,
  number('Shard', (x) => String(x.shard)),
];

export const KIND_COLUMNS = [
  { title: 'Kind', cell: (x) =>
    ({ text: x.kind, href: x.kind === 'all' ? '#/actors'
      : `#/actors?${new URLSearchParams({ kind: x.kind })}` }) },
  number('Alive', (x) => count(x.count)),
  ...[mailboxNow, mailboxMax, handled, handlingTime, mean, restarts]
    .map(unsorted),
];

export const CLUSTER_COLUMNS = [
  { title: 'Node', cell: (x) => x.node },
  { title: 'Is', cell: (x) => (x.isSelf ? 'this one' : 'another') },
  { title: 'State', cell: (x) => (x.isAlive
    ? { text: 'alive', state: 'good' } : { text: 'lost', state: 'bad' }) },
  number('Shards', (x) => count(x.shards),
    { hint: 'That hold a lease' }),
  number('Lease', (x) => (x.leaseSeconds === null ? NOTHING
    : x.leaseSeconds < 0 ? `ran out ${duration(-x.leaseSeconds)} ago`
      : `${duration(x.leaseSeconds)} left`)),
];
