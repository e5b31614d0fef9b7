/** A server of the test's that a machine with a network can reach: on every address of this host. */
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';

/** A host without tun devices, as some containers are, has no network to give. */
export function canGiveNetwork(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** One that is not the loopback's; packets to it stay on this host nevertheless. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new Error('this host has no address but those of its loopback');
  return found.address;
}

export class Outside implements AsyncDisposable {
  /** What whoever connects is told. */
  readonly words = 'words from outside';
  readonly address = ownAddress();
  /** How many have connected. */
  connections = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections++;
      socket.on('error', () => {});
      socket.end(this.words);
    });
  }

  static async start(): Promise<Outside> {
    const outside = new Outside();
    await new Promise<void>((resolve) => outside.#server.listen(0, '0.0.0.0', resolve));
    return outside;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Asked from this host itself. */
  answers(host: string): Promise<boolean> {
    return new Promise((resolve) => {
      let said = '';
      const socket = connect(this.port, host);
      socket.setEncoding('utf8');
      socket.on('data', (text) => {
        said += text;
      });
      socket.on('error', () => resolve(false));
      socket.on('end', () => resolve(said === this.words));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
