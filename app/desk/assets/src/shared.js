// The shared document of an issue in the browser: kept here, sent, merged, undone.
//
// At most one update is on its way; what is written meanwhile is added up and goes next. A connection
// begins with state vectors, so that whatever the server lacks is sent, acknowledged before or not.
import { IndexeddbPersistence } from "y-indexeddb";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from "y-protocols/awareness";
import * as Y from "yjs";
import { inLanguage } from "./language.js";
import { copyName, hold, mark, marksOf, unmark } from "./copies.js";

// Kinds of frames, docs/editing.md.
const SYNC = 0;
const PRESENCE = 1;
const STORED = 4;
const STATUS = 5;
const PING = 6;
const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

const REPLACED = 4409;
const SHORTEST_WAIT = 250;
const LONGEST_WAIT = 5000;
const PING_EVERY = 10000;
const PATIENCE = 8000;
const LOCAL_PATIENCE = 3000;
const AGAIN_AFTER = 2000;

// `state` is "saved", "saving", "offline" (kept here), "closed" (kept here; the issue takes nothing
// now), "refused" (kept here; what is written next may mend it), or "replaced" (kept here; the page
// has to be loaded anew). `status` is what the server told.
export class IssueDocument extends EventTarget {
  constructor({ url, person, issueId, name }) {
    super();
    this.doc = new Y.Doc();
    this.stories = this.doc.getMap("stories");
    this.issue = this.doc.getMap("issue");
    this.typed = Symbol("typed here");
    this.undoManager = new Y.UndoManager([this.stories, this.issue], { trackedOrigins: new Set([this.typed]) });
    this.awareness = new Awareness(this.doc);
    this.status = {};
    this.state = "offline";
    this.#url = inLanguage(`${url}?${new URLSearchParams({ name, person })}`);
    this.doc.on("update", (update, origin) => this.#written(update, origin));
    this.awareness.on("update", (_, origin) => origin === this || this.#show());
    this.ready = this.#keepHere(copyName(person, issueId, name)).then(() => this.#connect());
    addEventListener("offline", () => this.#socket?.close());
    addEventListener("online", () => this.#connect());
    addEventListener("pagehide", () => removeAwarenessStates(this.awareness, [this.doc.clientID], "left"));
  }

  #url;
  #marks = new Map();
  #socket = null;
  #pending = [];
  #isSynced = false;
  #isOnItsWay = false;
  #isReplaced = false;
  #wait = SHORTEST_WAIT;
  #timer = 0;
  #pinging = 0;
  #again = 0;
  #heardAt = 0;

  // Changes the document as this person: one step of undo, unless another comes within half a second.
  change(work) {
    this.doc.transact(work, this.typed);
  }

  // Without a store of its own, as in some private windows, the browser keeps nothing over a reload.
  async #keepHere(name) {
    try {
      const late = new Promise((_, reject) => setTimeout(reject, LOCAL_PATIENCE));
      await Promise.race([this.#open(name), late]);
      this.isKeptHere = true;
    } catch {
      this.isKeptHere = false;
    }
  }

  // The marks come first: what is marked by then is in what is read afterwards.
  async #open(name) {
    await hold(name);
    this.#marks = await marksOf(name);
    this.local = new IndexeddbPersistence(name, this.doc);
    await this.local.whenSynced;
  }

  #connect() {
    clearTimeout(this.#timer);
    if (this.#isReplaced || (this.#socket && this.#socket.readyState < WebSocket.CLOSING)) return;
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = SHORTEST_WAIT;
      this.#heardAt = Date.now();
      this.#pinging = setInterval(() => this.#ping(socket), PING_EVERY / 4);
      this.#greet();
      this.#show();
    };
    socket.onmessage = (event) => this.#hear(new Uint8Array(event.data));
    socket.onclose = (event) => this.#lost(socket, event.code);
  }

  #lost(socket, code) {
    if (this.#socket !== socket) return;
    clearInterval(this.#pinging);
    this.#socket = null;
    this.#isSynced = false;
    this.#isOnItsWay = false;
    this.#pending = [];
    this.#isReplaced ||= code === REPLACED;
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
    this.#tell();
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.5 + Math.random()));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  // A network that is gone leaves a socket open: whoever is not answered has to notice it.
  #ping(socket) {
    const silence = Date.now() - this.#heardAt;
    if (silence > PING_EVERY + PATIENCE || (this.#isOnItsWay && silence > PATIENCE)) {
      this.#lost(socket, 0);
      socket.close();
    } else if (silence > PING_EVERY || this.#isOnItsWay) {
      this.#send(PING);
    }
  }

  // What was refused is sent again, with all that was written since: it may have been mended.
  #greet() {
    this.#isSynced = false;
    this.status = { ...this.status, refused: "" };
    this.#send(SYNC, (frame) => {
      encoding.writeVarUint(frame, STEP_1);
      encoding.writeVarUint8Array(frame, Y.encodeStateVector(this.doc));
    });
  }

  #send(kind, write = () => {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const frame = encoding.createEncoder();
    encoding.writeVarUint(frame, kind);
    write(frame);
    this.#socket.send(encoding.toUint8Array(frame));
  }

  #sendUpdate(step, update) {
    this.#isOnItsWay = true;
    this.#send(SYNC, (frame) => {
      encoding.writeVarUint(frame, step);
      encoding.writeVarUint8Array(frame, update);
    });
  }

  #hear(data) {
    this.#heardAt = Date.now();
    const frame = decoding.createDecoder(data);
    const kind = decoding.readVarUint(frame);
    if (kind === SYNC) {
      this.#sync(decoding.readVarUint(frame), decoding.readVarUint8Array(frame));
    } else if (kind === PRESENCE) {
      applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(frame), this);
    } else if (kind === STORED) {
      this.#isOnItsWay = false;
      this.#flush();
    } else if (kind === STATUS) {
      this.#hearStatus(JSON.parse(decoding.readVarString(frame)));
    }
    this.#tell();
  }

  #sync(step, body) {
    if (step === STEP_1) {
      this.#pending = [];
      this.#isSynced = true;
      this.#sendUpdate(STEP_2, Y.encodeStateAsUpdate(this.doc, body));
    } else {
      Y.applyUpdate(this.doc, body, this);
    }
  }

  #hearStatus(told) {
    const { is_open: wasOpen, revision } = this.status;
    if (told.refused) {
      this.#isSynced = false;
      this.#isOnItsWay = false;
    }
    this.status = { ...this.status, ...told };
    // Where anything has changed, others may have made room.
    const mayFit = this.status.refused && told.is_open && told.revision !== revision;
    if (wasOpen === false && told.is_open) this.#greet();
    else if (mayFit) this.#tryAgain();
    this.dispatchEvent(new Event("status"));
  }

  #written(update, origin) {
    if (origin === this || origin === this.local) return;
    if (this.local?.db) mark(this.local.db, this.#marks, `unsent-${this.doc.clientID}`);
    this.#pending.push(update);
    if (this.status.refused && this.status.is_open) this.#tryAgain();
    this.#flush();
    this.#tell();
  }

  #tryAgain() {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.status.refused && this.#greet(), AGAIN_AFTER);
  }

  #flush() {
    if (!this.#isSynced || this.#isOnItsWay || !this.#pending.length) return;
    const update = Y.mergeUpdates(this.#pending);
    this.#pending = [];
    this.#sendUpdate(UPDATE, update);
  }

  #show() {
    const mine = this.awareness.states.has(this.doc.clientID);
    if (!mine && !this.awareness.meta.has(this.doc.clientID)) return;
    const update = encodeAwarenessUpdate(this.awareness, [this.doc.clientID]);
    this.#send(PRESENCE, (frame) => encoding.writeVarUint8Array(frame, update));
  }

  #tell() {
    const isBusy = this.#isOnItsWay || this.#pending.length > 0;
    const state = this.#isReplaced
      ? "replaced"
      : !this.#socket
        ? "offline"
        : this.status.is_open === false
          ? "closed"
          : this.status.refused
            ? "refused"
            : this.#isSynced && !isBusy
              ? "saved"
              : "saving";
    if (state === this.state) return;
    this.state = state;
    if (state === "saved" && this.local?.db) unmark(this.local.db, this.#marks);
    this.dispatchEvent(new Event("state"));
  }
}
