// What the kernel knows about a process (Linux).

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Open descriptors of `pid`. */
export function descriptorCount(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** How many of them are sockets. */
export function socketCount(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

/** Resident memory of `pid` in bytes. */
export function residentBytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
}

/** User and system time of `pid` so far, in seconds. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Bytes on a connection within this machine, from one port to another, that the
 * kernel holds: unacknowledged with the sender, unread with the receiver.
 */
export function bytesUnderWay(from, to) {
  const inHex = (port) => port.toString(16).toUpperCase().padStart(4, '0');
  const ends = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1, -1)
    .map((line) => {
      const [, near, far, , queues] = line.trim().split(/\s+/);
      const [unsent, unread] = queues.split(':').map((n) => parseInt(n, 16));
      return { ports: [near, far].map((x) => x.slice(-4)), unsent, unread };
    });
  const at = (...ports) => ends.find((x) =>
    x.ports.join() === ports.map(inHex).join());
  return at(from, to).unsent + at(to, from).unread;
}

/** The highest number of descriptors this process may open. */
export function descriptorLimit() {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}
