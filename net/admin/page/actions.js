// What an operator does to a node. Everything that somebody would notice is
// asked about first, in a dialog of the page; what came of it is announced.

import { ask, path, sentenceOf } from './api.js';
import { byId, setText } from './dom.js';
import { count } from './format.js';

const NOTICE_MS = 8000;
let noticeEnds;

/** A line at the top that goes again; `state`: good or bad. */
export function announce(sentence, state = 'good') {
  const notice = byId('notice');
  clearTimeout(noticeEnds);
  notice.dataset.state = state;
  setText(notice, sentence);
  noticeEnds = setTimeout(() => setText(notice, ''), NOTICE_MS);
}

/** Resolves with whether the answer was yes. Escape is a no. */
function question({ title, text, yes }) {
  const dialog = byId('question');
  setText(byId('question-title'), title);
  setText(byId('question-text'), text);
  setText(byId('question-yes'), yes);
  return new Promise((resolve) => {
    dialog.returnValue = '';
    dialog.addEventListener('close',
      () => resolve(dialog.returnValue === 'yes'), { once: true });
    byId('question-yes').onclick = () => dialog.close('yes');
    byId('question-no').onclick = () => dialog.close('no');
    dialog.showModal();
  });
}

/** True if it was wanted and done. */
async function act(asked, target, options, done) {
  if (!await question(asked)) return false;
  try {
    announce(done(await ask(target, options)));
    return true;
  } catch (error) {
    announce(error.status === 404 ? 'It was gone already.'
      : `Not done: ${sentenceOf(error)}`, 'bad');
    return false;
  }
}

export const kickSession = (id) => act({
  title: 'Kick this session?',
  text: `Session ${id} is closed with “Kicked”. Its client is told not to `
    + 'come back by itself, but nothing keeps it from doing so.',
  yes: 'Kick',
}, path('sessions', id, 'kick'), { method: 'POST' },
({ session, room }) => `Kicked session ${session} out of room ${room}.`);

export const closeRoom = (id) => act({
  title: 'Close this room?',
  text: `All sessions of room ${id} on this node are closed with “Room `
    + 'closed”. Those on other nodes stay.',
  yes: 'Close room',
}, path('rooms', id, 'close'), { method: 'POST' },
({ room, sessions }) =>
  `Closed room ${room}: ${count(sessions)} ${
    sessions === 1 ? 'session' : 'sessions'}.`);

export const drain = (action) => act(action === 'start' ? {
  title: 'Drain this node?',
  text: 'It says that it is not ready, takes no new sessions, and sends '
    + 'those it has elsewhere.',
  yes: 'Start the drain',
} : {
  title: 'Cancel the drain?',
  text: 'The node takes sessions again. Those that have gone do not come back '
    + 'by themselves.',
  yes: 'Cancel the drain',
}, 'drain', { method: 'POST', body: { action } },
({ isDraining }) => (isDraining ? 'The node drains.'
  : 'The node does not drain any more.'));

export const setLogLevel = (level) => act({
  title: `Log at level ${level}?`,
  text: 'Until the node ends. At trace and debug a busy node writes a lot.',
  yes: `Log at ${level}`,
}, 'log-level', { method: 'PUT', body: { level } },
(answer) => `The node logs at level ${answer.level}.`);
