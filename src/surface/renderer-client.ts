/**
 * The renderer as the daemon uses it: pictures by the worker that stays, one
 * after the other, and pictures with a secret by a worker that draws once and
 * ends. What takes too long is given up and its worker killed; without a
 * renderer everything rejects and the daemon goes on.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Size } from '../base/geometry.ts';
import type { Log } from '../base/log.ts';
import { whyEnded } from '../renderer/wire.ts';
import type { Drawing, SecretDrawing } from './drawing.ts';
import type { Picture } from './picture.ts';
import { RendererProcess } from './renderer-process.ts';
import type { WorkerLink } from './worker-link.ts';

/** From the moment that a warm worker has it. */
const DRAW_MS = 2_000;
/** In all: a cold worker takes about a second, more where many programs start. */
const WAIT_MS = 10_000;
/** Notices that wait; more are refused, they would come late. */
const MAX_WAITING = 16;

export interface RendererOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** The program to start: this one, compiled, if not given. */
  readonly script?: string;
}

interface Job extends Size {
  readonly svg: Uint8Array;
  resolve(picture: Picture): void;
  reject(error: Error): void;
  /** Set while it is drawn. */
  worker: WorkerLink | undefined;
  /** Its worker ended under it; the next worker tries once more. */
  retried: boolean;
  /** It was given up. */
  over: boolean;
}

/** The daemon's end of the renderer. */
export class RendererClient implements Disposable {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #process: RendererProcess;
  readonly #waiting: Job[] = [];
  readonly #secrets: Job[] = [];
  #worker: WorkerLink | undefined;
  /** Waits for one secret, warm or not. */
  #spare: WorkerLink | undefined;
  /** One was asked for and is not there yet. */
  #starting = false;
  #armed = false;
  #complained = false;
  #lost: string | undefined;

  private constructor(options: RendererOptions) {
    this.#log = options.log;
    this.#clock = options.clock;
    const events = {
      started: (worker: WorkerLink, once: boolean) =>
        once ? this.#spareStarted(worker) : this.#workerStarted(worker),
      ended: (status: number) => {
        if (status !== 0) this.#complain(whyEnded(status));
      },
      notStarted: () => {
        this.#starting = false;
        this.#rejectSecrets('the renderer for it could not be started');
      },
      lost: () => {
        this.#complain('the renderer ended');
        this.#end('the renderer ended');
      },
    };
    this.#process = new RendererProcess(events, options.script);
  }

  /**
   * Starts the renderer's processes; for a process that has not given up
   * starting others yet. Resolves when they are started, not when they are
   * warm; never rejects: without a renderer each `render` rejects.
   */
  static async start(options: RendererOptions): Promise<RendererClient> {
    return new RendererClient(options);
  }

  /** The supervisor's process. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Rejects with an Error when there is no renderer, or it failed or took too long (10 s). */
  render(drawing: Drawing): Promise<Picture> {
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new Error('too many pictures are waiting to be drawn'));
    }
    const svg = Buffer.from(drawing.svg, 'utf8');
    return this.#add(this.#waiting, svg, drawing, () => this.#next());
  }

  /** A secret may have to be drawn soon: warms a renderer for it. Idempotent. */
  arm(): void {
    this.#armed = true;
    this.#wantSpare();
  }

  /** No secret is left to be drawn: ends the renderer that waits for one. */
  disarm(): void {
    this.#armed = false;
    if (this.#secrets.length > 0) return;
    this.#spare?.[Symbol.dispose]();
    this.#spare = undefined;
  }

  /**
   * Draws by a renderer that ends afterwards, and overwrites the drawing as soon
   * as it is sent, or on failure. Rejects as `render` does.
   */
  async renderSecret(drawing: SecretDrawing): Promise<Picture> {
    try {
      return await this.#add(this.#secrets, drawing.svg, drawing, () => {
        this.#wantSpare();
        this.#nextSecret();
      });
    } finally {
      drawing.wipe();
    }
  }

  /** Ends all processes of the renderer. */
  [Symbol.dispose](): void {
    this.#end('closed by us');
    this.#process[Symbol.dispose]();
  }

  #add(
    queue: Job[],
    svg: Uint8Array,
    { width, height }: Size,
    added: () => void,
  ): Promise<Picture> {
    if (this.#lost !== undefined) return Promise.reject(new Error(this.#lost));
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        job.over = true;
        timer[Symbol.dispose]();
        const at = queue.indexOf(job);
        if (at >= 0) queue.splice(at, 1);
      };
      const job: Job = {
        svg,
        width,
        height,
        worker: undefined,
        retried: false,
        over: false,
        resolve: (picture) => {
          settled();
          resolve(picture);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      const timer = this.#clock.after(WAIT_MS, () => this.#giveUp(job, WAIT_MS));
      queue.push(job);
      added();
    });
  }

  #giveUp(job: Job, limitMs: number): void {
    // It may draw for ever; the next one is drawn by another.
    if (job.worker) this.#process.kill(job.worker.pid);
    job.reject(new Error(`no picture within ${limitMs} ms`));
    this.#complain('it took too long');
  }

  /** Gives the next picture to the worker that stays, if it can take one. */
  #next(): void {
    const [job] = this.#waiting;
    if (!job || job.worker || !this.#worker?.idle) return;
    this.#give(job, this.#worker, false);
  }

  /** Gives the next secret to the worker that waits for one; that one is nobody's spare any more. */
  #nextSecret(): void {
    const job = this.#waitingSecret();
    const worker = this.#spare;
    if (!job || !worker?.idle) return;
    this.#spare = undefined;
    this.#give(job, worker, true);
  }

  #waitingSecret(): Job | undefined {
    return this.#secrets.find((job) => job.worker === undefined);
  }

  #rejectSecrets(reason: string): void {
    for (const job of this.#secrets.filter((one) => one.worker === undefined)) {
      job.reject(new Error(reason));
    }
  }

  #give(job: Job, worker: WorkerLink, once: boolean): void {
    job.worker = worker;
    const limit = this.#clock.after(DRAW_MS, () => this.#giveUp(job, DRAW_MS));
    const done = (): void => {
      limit[Symbol.dispose]();
      if (once) worker[Symbol.dispose]();
      else this.#next();
      this.#wantSpare();
    };
    worker.draw(job.svg, job, once).then(
      (picture) => {
        this.#complained = false;
        // Given up meanwhile: nobody wants it.
        if (job.over) picture[Symbol.dispose]();
        else job.resolve(picture);
        done();
      },
      (error: unknown) => {
        if (!once && worker.over && !job.over && !job.retried) {
          job.retried = true;
          job.worker = undefined;
          done();
          return;
        }
        if (!job.over) this.#complain(messageOf(error));
        job.reject(error instanceof Error ? error : new Error(messageOf(error)));
        done();
      },
    );
    // `draw` has sent it: what is left of the secret here goes at once.
    if (once) job.svg.fill(0);
  }

  #workerStarted(worker: WorkerLink): void {
    if (this.#lost !== undefined) {
      worker[Symbol.dispose]();
      return;
    }
    this.#worker = worker;
    worker.onWarm(() => this.#next());
  }

  #spareStarted(worker: WorkerLink): void {
    this.#starting = false;
    const wanted = this.#armed || this.#waitingSecret() !== undefined;
    if (!wanted || this.#spare || this.#lost !== undefined) {
      worker[Symbol.dispose]();
      return;
    }
    this.#spare = worker;
    worker.onWarm(() => this.#nextSecret());
    worker.onClosed(() => {
      if (this.#spare !== worker) return;
      this.#spare = undefined;
      // Another would most likely end the same way; whoever asks again tries again.
      this.#rejectSecrets('the renderer for it ended');
    });
  }

  /** Has one started that waits for a secret, if one is needed. */
  #wantSpare(): void {
    if (this.#lost !== undefined || this.#spare || this.#starting) return;
    if (!this.#armed && !this.#waitingSecret()) return;
    this.#starting = true;
    this.#process.startOnce();
  }

  /** Once, until it works again. */
  #complain(reason: string): void {
    if (this.#complained || this.#lost !== undefined) return;
    this.#complained = true;
    this.#log.warn({ reason }, 'notices and prompts cannot be drawn');
  }

  #end(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#worker?.[Symbol.dispose]();
    this.#spare?.[Symbol.dispose]();
    for (const job of [...this.#waiting, ...this.#secrets]) job.reject(new Error(reason));
  }
}
