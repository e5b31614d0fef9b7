/**
 * The page of the live view: exchanges the token of its address for a key, and
 * shows what comes over the WebSocket.
 */
import type { Control, PageMessage, ViewMessage } from '../messages.ts';
import { byId, Lists } from './lists.ts';
import { ScreenCanvas } from './screen.ts';
import { wordsFor } from './words.ts';

/** As in messages.ts, which knows more than a page has to. */
const SUBPROTOCOL = 'livery.view.1';
const HEADER_BYTES = 16;
const SCREEN = 1;
const THUMBNAIL = 2;
const KEY = 'livery-view-key';
const RETRY_MS = 2000;
const REFUSAL_MS = 5000;

const words = wordsFor(navigator.languages);
document.documentElement.lang = words.lang;
const lists = new Lists(words);
const canvas = byId('screen') as HTMLCanvasElement;
canvas.setAttribute('aria-label', words.screen);
let socket: WebSocket | undefined;
const say = (message: PageMessage): void => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
};
const screen = new ScreenCanvas(canvas, say);
let control: Control = 'none';
let hintTimer: ReturnType<typeof setTimeout> | undefined;

void start();

async function start(): Promise<void> {
  status(words.connecting, false);
  const key = (await exchange()) ?? sessionStorage.getItem(KEY);
  if (key === null) status(words.noKey, true);
  else connect(key);
}

/** The key for the token after the # of the address, which is forgotten at once. */
async function exchange(): Promise<string | undefined> {
  const token = location.hash.slice(1);
  history.replaceState(null, '', '/');
  if (token === '') return undefined;
  const answer = await fetch('/session', { method: 'POST', body: token });
  if (!answer.ok) return undefined;
  const key = await answer.text();
  // Of this tab and this port alone, unlike a cookie, which every port of this machine is sent.
  sessionStorage.setItem(KEY, key);
  return key;
}

function connect(key: string): void {
  const live = new WebSocket(`ws://${location.host}/live`, [SUBPROTOCOL, `key.${key}`]);
  live.binaryType = 'arraybuffer';
  socket = live;
  let opened = false;
  // Pictures are drawn in the order in which they came.
  let drawing: Promise<void> = Promise.resolve();
  live.onopen = () => {
    opened = true;
    status(words.live, false);
  };
  live.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === 'string') take(JSON.parse(data) as ViewMessage);
    else drawing = drawing.then(() => draw(data));
  };
  live.onclose = () => {
    status(opened ? words.lost : words.noKey, true);
    if (opened) setTimeout(() => connect(key), RETRY_MS);
  };
}

function take(message: ViewMessage): void {
  switch (message.kind) {
    case 'screen':
      control = message.control;
      screen.begin(message.size, control);
      showMode();
      return;
    case 'state':
      status(words.live, false);
      lists.show(message);
      return;
    case 'away':
      status(message.reason, true);
      return;
    case 'refused':
      hint(words.refused[message.why]);
      return;
    default:
      message satisfies never;
  }
}

async function draw(data: ArrayBuffer): Promise<void> {
  const view = new DataView(data);
  const kind = view.getUint16(0, true);
  try {
    const jpeg = new Blob([new Uint8Array(data, HEADER_BYTES)], { type: 'image/jpeg' });
    const bitmap = await createImageBitmap(jpeg);
    if (kind === SCREEN) screen.draw(bitmap, view.getUint16(2, true), view.getUint16(4, true));
    if (kind === THUMBNAIL) lists.picture(view.getUint32(12, true), bitmap);
    bitmap.close();
  } finally {
    // Also for one that could not be drawn: else none would come any more.
    if (kind === SCREEN) say({ kind: 'drawn' });
  }
}

function showMode(): void {
  const mode = byId('mode');
  mode.hidden = false;
  mode.textContent = words.modes[control];
  mode.dataset.control = control;
  byId('hint').textContent = words.hints[control];
}

/** For some seconds, instead of the one that stays. */
function hint(text: string): void {
  const place = byId('hint');
  place.textContent = text;
  place.classList.add('warn');
  clearTimeout(hintTimer);
  hintTimer = setTimeout(() => {
    place.classList.remove('warn');
    place.textContent = words.hints[control];
  }, REFUSAL_MS);
}

function status(text: string, trouble: boolean): void {
  const place = byId('status');
  place.textContent = text;
  place.toggleAttribute('data-trouble', trouble);
}
