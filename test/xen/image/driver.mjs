/**
 * The test's program in dom0: reads orders from standard input, a line of JSON
 * each, and answers on standard output. Runs programs, reads and writes files, and
 * leads connections to sockets in dom0, so that the test itself stays outside.
 *
 * Orders:  {id, op: 'spawn', argv, env?, cwd?}   → {id, pid}, {id, out}…, {id, err}…, {id, end}
 *          {id, op: 'connect', path}             → {id, open}, {id, data}…, {id, end}
 *          {id, op: 'read', path}                → {id, data} or {id, error}
 *          {id, op: 'write', path, data, mode?}  → {id, done} or {id, error}
 *          {op: 'kill', of, signal} · {op: 'data', of, data} · {op: 'close', of}
 *          {id, op: 'time'}                      → {id, at}
 * `data` is base64. Every answer has `at`: milliseconds of dom0's own clock.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const processes = new Map();
const sockets = new Map();

function tell(words) {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), ...words })}\n`);
}

function startProgram({ id, argv, env = {}, cwd = '/' }) {
  const [file, ...args] = argv;
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.set(id, child);
  child.stdout.setEncoding('utf8').on('data', (out) => tell({ id, out }));
  child.stderr.setEncoding('utf8').on('data', (err) => tell({ id, err }));
  child.once('spawn', () => tell({ id, pid: child.pid }));
  child.once('error', (error) => tell({ id, error: error.message }));
  child.once('close', (status, signal) => {
    processes.delete(id);
    tell({ id, end: { status, signal } });
  });
}

function openSocket({ id, path }) {
  const socket = connect(path);
  sockets.set(id, socket);
  socket.once('connect', () => tell({ id, open: true }));
  socket.on('data', (bytes) => tell({ id, data: bytes.toString('base64') }));
  socket.once('error', (error) => tell({ id, error: error.message }));
  socket.once('close', () => {
    sockets.delete(id);
    tell({ id, end: {} });
  });
}

const orders = {
  spawn: startProgram,
  connect: openSocket,
  read: ({ id, path }) => tell({ id, data: readFileSync(path).toString('base64') }),
  write: ({ id, path, data, mode = 0o644 }) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(data, 'base64'), { mode });
    tell({ id, done: true });
  },
  time: ({ id }) => tell({ id }),
  kill: ({ of, signal }) => processes.get(of)?.kill(signal),
  data: ({ of, data }) => sockets.get(of)?.write(Buffer.from(data, 'base64')),
  close: ({ of }) => sockets.get(of)?.destroy(),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === '') return;
  const order = JSON.parse(line);
  try {
    orders[order.op](order);
  } catch (error) {
    tell({ id: order.id, error: error.message });
  }
});
tell({ ready: true });
