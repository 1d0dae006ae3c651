// A call between two tabs of the same room, over the base dialect.
//
// Base gives no identities and no notice of a join, so the tabs do it
// themselves, with `control` messages:
//
//   hello {id, to?}       "I am here", to all, when signaling opens; to the
//                         partner: "are you still there?"
//   here  {id, to, call}  the answer to a hello, from one who takes the other
//                         as its partner; `call` is its call, or null
//   call  {id, to, call}  "from now on we are in this call"; only the tab with
//                         the greater id starts calls
//   busy  {id, to}        "this demo is for two"
//
// A call is one RTCPeerConnection on each side. Its id travels in every offer,
// answer and candidate (members the node does not know are kept), so what is
// left of an older call cannot disturb a newer one. The tab that started the
// call makes the first offer; from then on either may make one, by the W3C's
// perfect negotiation, in which the starter is the impolite.

const PROBE_MS = 1000;
const BACKOFF_MS = { first: 500, most: 10_000 };
// 1000: the room is full, or we left. 1008: we may not, whatever we try.
// 1009: what we send is too big, and would be again.
const FINAL_CODES = new Set([1000, 1008, 1009]);

const parameters = new URLSearchParams(location.search);
const self = randomId();
const $ = (id) => document.getElementById(id);

// -- what is shown ------------------------------------------------------------

function show(id, state, text = state) {
  $(id).dataset.state = state;
  $(id).textContent = text;
}

function showChatLine(who, text) {
  const line = document.createElement('li');
  line.dataset.who = who;
  line.textContent = text;
  $('chat-lines').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

function showChannel(state) {
  show('channel-state', state);
  $('chat-text').disabled = $('chat-send').disabled = state !== 'open';
}

// -- the room -----------------------------------------------------------------

const room = parameters.get('room') || inventRoom();
$('room').textContent = room;
$('invitation').href = invitation();

function inventRoom() {
  const name = `call-${randomId().slice(0, 8)}`;
  parameters.set('room', name);
  history.replaceState(null, '', `?${parameters}`);
  return name;
}

function invitation() {
  const url = new URL(location.href);
  url.search = `?${new URLSearchParams({ room })}`;
  return url.href;
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

// -- signaling ----------------------------------------------------------------

let socket;
let backoffMs = BACKOFF_MS.first;

function connect() {
  show('signaling-state', 'connecting');
  // The page lies one level below the node that serves it.
  const url = new URL('..', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = `?${new URLSearchParams({ roomId: room })}`;
  socket = new WebSocket(url);
  socket.onopen = () => {
    show('signaling-state', 'open');
    control('hello');
  };
  socket.onmessage = ({ data }) => {
    backoffMs = BACKOFF_MS.first;
    receive(JSON.parse(data));
  };
  socket.onclose = ({ code, reason }) => {
    if (socket === undefined) return;
    if (FINAL_CODES.has(code)) {
      show('signaling-state', 'refused', `refused: ${reason || code}`);
      return;
    }
    const waitMs = backoffMs * (0.5 + Math.random());
    backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most);
    show('signaling-state', 'waiting',
      `${reason || 'connection lost'}, trying again`);
    setTimeout(connect, waitMs);
  };
}

function disconnect() {
  const old = socket;
  socket = undefined;
  old?.close(1000);
}

function send(message) {
  // What cannot be sent is lost; the hello of the next connection mends it.
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}

function control(action, more = {}) {
  send({ type: 'control', action, payload: { id: self, ...more } });
}

function receive(message) {
  if (message.type === 'peer-disconnected') {
    // Base does not say who: ask, and whoever is left will answer.
    if (partner) probe();
    return;
  }
  if (message.type === 'control') {
    const { action, payload } = message;
    if (typeof payload?.id !== 'string') return;
    if (payload.to !== undefined && payload.to !== self) return;
    if (action === 'hello') heardHello(payload);
    if (action === 'here') heardHere(payload);
    if (action === 'call') heardCall(payload);
    if (action === 'busy') heardBusy();
    return;
  }
  // An offer, answer or candidate of the call we are in.
  if (call && message.call === call.id && message.sender === partner.id) {
    call.receive(message);
  }
}

// -- who is here --------------------------------------------------------------

/** The other tab: {id}, or undefined while we are alone. */
let partner;
/** The call with it, if there is one. */
let call;
/** One who said hello while we had a partner whose presence was in doubt. */
let newcomer;
let probing;

const weStartCalls = () => self > partner.id;

function heardHello({ id }) {
  if (!partner) adopt(id);
  if (partner.id === id) {
    isStillThere();
    control('here', { to: id, call: call?.id ?? null });
    if (weStartCalls() && !call?.isUp()) startCall();
    return;
  }
  // Two are enough, unless the partner is gone and we have not heard yet.
  newcomer = id;
  probe();
}

function heardHere({ id, call: theirs }) {
  if (!partner) adopt(id);
  if (partner.id !== id) return;
  isStillThere();
  if (weStartCalls() && (!call || theirs !== call.id)) startCall();
}

function heardCall({ id, call: theirs }) {
  if (!partner) adopt(id);
  if (partner.id !== id || weStartCalls()) return;
  isStillThere();
  if (call?.id !== theirs) replaceCall(theirs);
}

function heardBusy() {
  if (partner) return;
  disconnect();
  show('signaling-state', 'refused', 'left');
  show('peer-state', 'busy',
    'Two are in this room already, and this demo is for two.');
}

function adopt(id) {
  partner = { id };
  show('peer-state', 'here', 'Somebody is here.');
}

/** Asks the partner to speak up, and lets it go if it does not. */
function probe() {
  if (probing) return;
  control('hello', { to: partner.id });
  // Two who doubt each other must not do so in step.
  probing = setTimeout(letGo, PROBE_MS * (1 + Math.random() / 2));
}

function isStillThere() {
  clearTimeout(probing);
  probing = undefined;
  if (newcomer) control('busy', { to: newcomer });
  newcomer = undefined;
}

function letGo() {
  // It may only have lost its node, or we ours: a call does not need one.
  if (call?.isUp()) return isStillThere();
  probing = undefined;
  endCall();
  partner = undefined;
  show('peer-state', 'left', 'The other one has left.');
  const next = newcomer;
  newcomer = undefined;
  if (next) heardHello({ id: next });
}

// -- calls --------------------------------------------------------------------

function startCall() {
  const id = randomId();
  control('call', { to: partner.id, call: id });
  replaceCall(id);
}

function replaceCall(id) {
  endCall();
  call = new Call(id);
}

function endCall() {
  call?.end();
  call = undefined;
  $('remote-video').srcObject = null;
  $('unmute').hidden = true;
  show('ice-state', 'none');
  showChannel('none');
}

class Call {
  #connection;
  #channel;
  #isPolite = !weStartCalls();
  #isMakingOffer = false;
  #ignoresOffer = false;
  #receiving = Promise.resolve();

  constructor(id) {
    this.id = id;
    const ice = parameters.getAll('ice').map((urls) => ({ urls }));
    const connection = new RTCPeerConnection({ iceServers: ice });
    this.#connection = connection;

    connection.onnegotiationneeded = () => this.#offer();
    connection.onicecandidate = ({ candidate }) => this.#send(
      candidate ? { type: 'candidate', ...candidate.toJSON() }
        : { type: 'candidate', candidate: '' });
    connection.oniceconnectionstatechange = () => {
      const state = connection.iceConnectionState;
      show('ice-state', state);
      if (state === 'failed') connection.restartIce();
      if (state === 'disconnected' && call === this) probe();
    };
    connection.ontrack = ({ streams: [stream] }) => playRemote(stream);

    // Agreed on beforehand, so neither side waits for the other to open it.
    this.#channel =
      connection.createDataChannel('chat', { negotiated: true, id: 0 });
    showChannel('connecting');
    this.#channel.onopen = () => showChannel('open');
    this.#channel.onmessage = ({ data }) => showChatLine('other', data);
    this.#channel.onclose = () => {
      if (call !== this) return;
      showChannel('closed');
      // The other tab may be gone, and signaling slower to tell.
      probe();
    };

    localStream.then((stream) => {
      if (connection.signalingState === 'closed') return;
      for (const track of stream.getTracks()) {
        connection.addTrack(track, stream);
      }
    });
  }

  isUp() {
    return this.#connection.connectionState === 'connected'
      && this.#channel.readyState === 'open';
  }

  say(text) {
    this.#channel.send(text);
  }

  end() {
    this.#connection.onicecandidate = null;
    this.#connection.close();
  }

  /** Messages are applied one after another, in the order they came. */
  receive(message) {
    this.#receiving = this.#receiving.then(() => this.#apply(message))
      .catch((error) => {
        // A call that was replaced meanwhile may fail as it likes.
        if (call === this) console.error(error);
      });
  }

  async #offer() {
    // Two first offers always collide. Ours is not needed: what we have to
    // send fits into the answer, and if it does not, we are called again.
    if (this.#isPolite && !this.#connection.remoteDescription) return;
    try {
      this.#isMakingOffer = true;
      await this.#connection.setLocalDescription();
      this.#sendDescription();
    } catch (error) {
      if (call === this) console.error(error);
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #apply(message) {
    const connection = this.#connection;
    if (call !== this) return;
    if (message.type === 'candidate') {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = message;
      try {
        await connection.addIceCandidate(
          candidate ? { candidate, sdpMid, sdpMLineIndex, usernameFragment }
            : undefined);
      } catch (error) {
        if (!this.#ignoresOffer) throw error;
      }
      return;
    }
    const isOffer = message.type === 'offer';
    const isCollision = isOffer
      && (this.#isMakingOffer || connection.signalingState !== 'stable');
    this.#ignoresOffer = !this.#isPolite && isCollision;
    if (this.#ignoresOffer) return;
    await connection.setRemoteDescription(
      { type: message.type, sdp: message.sdp });
    if (!isOffer) return;
    await connection.setLocalDescription();
    this.#sendDescription();
  }

  #sendDescription() {
    const { type, sdp } = this.#connection.localDescription;
    this.#send({ type, sdp });
  }

  #send(message) {
    if (call === this) send({ ...message, sender: self, call: this.id });
  }
}

// -- pictures and sound -------------------------------------------------------

const localStream = openLocalStream();

async function openLocalStream() {
  let stream;
  if (parameters.get('fake') !== '1') stream = await openCamera();
  show('picture-state', stream ? 'camera' : 'generated',
    stream ? 'You' : 'You (generated)');
  stream ??= generatePicture();
  $('local-video').srcObject = stream;
  return stream;
}

/** Camera and microphone, as far as there are any and we may. */
async function openCamera() {
  for (const wish of [{ video: true, audio: true }, { video: true }]) {
    try {
      return await navigator.mediaDevices.getUserMedia(wish);
    } catch {
      // None there, none allowed, or not a secure page: try with less.
    }
  }
  return undefined;
}

/** A disc that wanders over a colour of its own: tells two tabs apart. */
function generatePicture() {
  const canvas = document.createElement('canvas');
  canvas.width = 320;
  canvas.height = 240;
  const context = canvas.getContext('2d');
  const hue = parseInt(self.slice(0, 4), 16) % 360;
  const draw = () => {
    const turn = performance.now() / 1500;
    context.fillStyle = `hsl(${hue} 45% 35%)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = `hsl(${(hue + 40) % 360} 80% 70%)`;
    context.beginPath();
    context.arc(160 + 90 * Math.cos(turn), 120 + 60 * Math.sin(turn * 1.3), 36,
      0, 2 * Math.PI);
    context.fill();
    context.fillStyle = '#fff';
    context.font = '16px system-ui, sans-serif';
    context.fillText(`${self.slice(0, 4)}  ${new Date().toLocaleTimeString()}`,
      12, 226);
  };
  draw();
  // Not requestAnimationFrame: it stops in a tab that is not seen.
  setInterval(draw, 66);
  return canvas.captureStream(15);
}

function playRemote(stream) {
  const video = $('remote-video');
  if (video.srcObject === stream) return;
  video.srcObject = stream;
  video.muted = false;
  video.play().catch(() => {
    // Browsers play sound only after a click; the picture need not wait.
    video.muted = true;
    $('unmute').hidden = false;
    video.play().catch(() => {});
  });
}

$('unmute').onclick = () => {
  $('remote-video').muted = false;
  $('unmute').hidden = true;
};

// -- chat ---------------------------------------------------------------------

$('chat-form').onsubmit = (event) => {
  event.preventDefault();
  const text = $('chat-text').value.trim();
  if (text === '' || $('channel-state').dataset.state !== 'open') return;
  call.say(text);
  showChatLine('you', text);
  $('chat-text').value = '';
};

// A page that goes away leaves at once, rather than when its socket times out;
// one that comes back from the browser's cache joins again.
addEventListener('pagehide', () => {
  endCall();
  disconnect();
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

connect();
