/** Numbers of X displays for programs that do not choose one by themselves. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';

const FIRST = 5000;

/** `:N`; neither a lock nor a socket has that number. */
export function freeDisplay(): string {
  let number = FIRST + (process.pid % 1000);
  while (existsSync(`/tmp/.X${number}-lock`) || existsSync(socketOf(`:${number}`))) number++;
  return `:${number}`;
}

/** Somebody listens there. */
export function connectable(display: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(display));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function socketOf(display: string): string {
  return `/tmp/.X11-unix/X${display.slice(1)}`;
}
