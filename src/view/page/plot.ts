/**
 * A small curve of the last minute, as SVG made of nodes: no markup is ever
 * put together here.
 */
const SVG = 'http://www.w3.org/2000/svg';
const POINTS = 60;
const WIDTH = 84;
const HEIGHT = 24;

export class Plot {
  readonly element = document.createElementNS(SVG, 'svg');
  readonly #path = document.createElementNS(SVG, 'path');
  readonly #values: number[] = [];

  /** @param label what it shows, for those who do not see it */
  constructor(label: string) {
    this.element.setAttribute('class', 'plot');
    this.element.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute('role', 'img');
    this.element.setAttribute('aria-label', label);
    const ground = document.createElementNS(SVG, 'line');
    ground.setAttribute('x1', '0');
    ground.setAttribute('x2', String(WIDTH));
    ground.setAttribute('y1', String(HEIGHT - 0.5));
    ground.setAttribute('y2', String(HEIGHT - 0.5));
    this.element.append(ground, this.#path);
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > POINTS) this.#values.shift();
    const most = Math.max(10, ...this.#values);
    const step = WIDTH / (POINTS - 1);
    const left = WIDTH - (this.#values.length - 1) * step;
    const points = this.#values.map((one, at) => {
      const x = (left + at * step).toFixed(1);
      return `${x} ${(HEIGHT - 1 - (one / most) * (HEIGHT - 3)).toFixed(1)}`;
    });
    this.#path.setAttribute('d', `M${points.join('L')}`);
  }
}
