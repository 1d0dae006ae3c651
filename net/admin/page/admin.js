// The page as a whole: who may see it, which view is shown, and the stream that
// feeds all of it. The address names the view and never holds the token.

import {
  ask, forgetToken, hasToken, isToken, keepToken, sentenceOf,
} from './api.js';
import { ActorView, RoomView, SessionView } from './details.js';
import { byId, make, setText } from './dom.js';
import { Feed } from './feed.js';
import { History } from './history.js';
import { ListView } from './lists.js';
import { OverviewView } from './overview.js';

const TOKEN_IN_FRAGMENT = '#token=';

const past = new History();
const overview = new OverviewView(past);
const feed = new Feed({
  overview: take,
  state: showState,
  refused: showGate,
});
let view = null;
let entries = 0;

// -- the token ----------------------------------------------------------------

/** Takes a token out of the address, where others might read it. */
function takeTokenFromAddress() {
  if (!location.hash.startsWith(TOKEN_IN_FRAGMENT)) return;
  const text = location.hash.slice(TOKEN_IN_FRAGMENT.length);
  history.replaceState(null, '', '#/');
  if (isToken(decoded(text))) keepToken(decoded(text));
}

/** A token with a % of its own is not percent-encoded. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What is asked for depends on why the node refused; null: it only asks. */
function showGate(refusal) {
  leave();
  const isAboutToken = refusal === null || refusal.status === 401;
  const wasWrong = refusal?.status === 401 && hasToken();
  if (isAboutToken) forgetToken();
  setText(byId('gate-title'), isAboutToken ? 'Admin token' : 'Not admitted');
  setText(byId('gate-text'), wasWrong ? 'The node knows another token.'
    : refusal !== null && !isAboutToken ? refusal.message : '');
  byId('gate-fields').hidden = !isAboutToken;
  byId('gate').dataset.state = wasWrong ? 'wrong' : 'asked';
  setText(byId('gate-go'), isAboutToken ? 'Continue' : 'Try again');
  byId('gate').hidden = false;
  if (isAboutToken) byId('token').focus();
}

byId('gate').addEventListener('submit', (event) => {
  event.preventDefault();
  const typed = byId('token').value.trim();
  byId('token').value = '';
  if (typed !== '' && !isToken(typed)) {
    setText(byId('gate-text'),
      'No token holds such a character: perhaps a quote came with it.');
    byId('gate').dataset.state = 'wrong';
    return;
  }
  if (typed !== '') keepToken(typed);
  enter();
});

byId('forget').addEventListener('click', () => {
  forgetToken();
  showGate(null);
});

// -- in and out ---------------------------------------------------------------

/**
 * One request first: a view that is not admitted would ask in vain. Whoever
 * comes with another token meanwhile is answered, not the one before.
 */
async function enter() {
  entries += 1;
  const mine = entries;
  byId('gate').hidden = true;
  showState('connecting', 'Connecting');
  try {
    const now = await ask('overview');
    if (mine !== entries) return;
    take(now);
  } catch (error) {
    if (mine !== entries) return;
    if (error.isForAll) {
      showGate(error);
      return;
    }
    showState('lost', `Not connected: ${sentenceOf(error)}.`);
  }
  byId('forget').hidden = !hasToken();
  byId('tabs').hidden = false;
  feed.start();
  route();
}

/** Nothing that was seen stays to be seen. */
function leave() {
  feed.stop();
  close();
  byId('tabs').hidden = true;
  byId('forget').hidden = true;
  for (const id of ['whose', 'badges', 'notice', 'view']) {
    byId(id).replaceChildren();
  }
  showState('none', '');
}

// -- the stream ---------------------------------------------------------------

function showState(state, sentence) {
  byId('stream').dataset.state = state;
  setText(byId('stream'), sentence);
  document.documentElement.dataset.stream = state;
}

function take(now) {
  past.take(now, performance.timeOrigin + performance.now());
  setText(byId('whose'), `${now.node} · ${now.version} · ${now.environment}`);
  showBadges(now);
  overview.take(now);
}

function showBadges({ isReady, isDraining }) {
  const wanted = [
    isReady ? ['ready', 'good'] : ['not ready', 'bad'],
    ...(isDraining ? [['draining', 'waiting']] : []),
  ];
  const badges = byId('badges');
  const text = wanted.map(([name]) => name).join(' ');
  if (badges.dataset.shown === text && badges.firstChild) return;
  badges.dataset.shown = text;
  badges.replaceChildren(...wanted.map(([name, state]) =>
    make('span', { className: 'badge', text: name, data: { state } })));
}

// -- views --------------------------------------------------------------------

/** #/sessions/ID?filter=x as {parts: ['sessions', 'ID'], options}. */
function addressed() {
  const [names, query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return {
    parts: names.split('/').filter(Boolean).map(decoded),
    options: new URLSearchParams(query),
  };
}

const DETAILS = { rooms: RoomView, sessions: SessionView, actors: ActorView };

function viewFor({ parts: [kind, id], options }) {
  if (!Object.hasOwn(DETAILS, kind ?? '')) return overview;
  return id === undefined ? new ListView(kind, options)
    : new DETAILS[kind](id);
}

function close() {
  view?.close();
  view = null;
}

function route() {
  const isFirst = view === null;
  close();
  const where = addressed();
  view = viewFor(where);
  const tab = view === overview ? '#/' : `#/${where.parts[0]}`;
  for (const link of byId('tabs').children) {
    if (link.getAttribute('href') !== tab) link.removeAttribute('aria-current');
    else link.setAttribute('aria-current', 'page');
  }
  document.title = `${view.title} · Signalbox admin`;
  byId('view').replaceChildren(view.element);
  view.open();
  if (isFirst) return;
  byId('view').focus({ preventScroll: true });
  scrollTo(0, 0);
}

addEventListener('hashchange', () => {
  if (location.hash.startsWith(TOKEN_IN_FRAGMENT)) {
    leave();
    takeTokenFromAddress();
    enter();
  } else if (byId('gate').hidden) {
    route();
  }
});

takeTokenFromAddress();
enter();
