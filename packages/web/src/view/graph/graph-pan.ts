/** The text of most boxes can be read while a CSS pixel shows at most so many points of the graph. */
const READABLE = 1.1;

/** Moves, scales and marks a laid-out graph. */
export class GraphPan {
  readonly svg: SVGSVGElement;
  readonly #ends = new AbortController();
  readonly #whole: DOMRect;
  #x: number;
  #y: number;
  #width: number;
  #height: number;
  #drag:
    | { readonly x: number; readonly y: number; readonly fromX: number; readonly fromY: number; moved: boolean }
    | undefined;

  constructor(svg: SVGSVGElement, menu: (name: string, x: number, y: number) => void) {
    this.svg = svg;
    const [x = 0, y = 0, width = 1, height = 1] = (svg.getAttribute("viewBox") ?? "").split(/\s+/).map(Number);
    this.#whole = new DOMRect(x, y, width, height);
    [this.#x, this.#y, this.#width, this.#height] = [x, y, width, height];
    const { signal } = this.#ends;
    svg.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    svg.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    svg.addEventListener("pointermove", (event) => this.#move(event), { signal });
    svg.addEventListener("pointerup", (event) => this.#up(event), { signal });
    svg.addEventListener(
      "contextmenu",
      (event) => {
        const node = (event.target as Element).closest<SVGGElement>("g.node");
        if (node === null) return;
        event.preventDefault();
        menu(nameOf(node), event.clientX, event.clientY);
      },
      { signal },
    );
    this.#open();
  }

  end(): void {
    this.#ends.abort();
  }

  /** Shows everything where that can be read, or else the heaviest box and what is around it. */
  #open(): void {
    this.reset();
    const box = this.svg.getBoundingClientRect();
    // Functions are numbered by what they are worth.
    const heaviest = [...this.svg.querySelectorAll("g.node")].find(
      (node) => node.querySelector("title")?.textContent === "N1",
    );
    if (heaviest === undefined || this.#width <= box.width * READABLE) return;
    const at = heaviest.getBoundingClientRect();
    const { x, y, width, height } = this.#whole;
    const perPixel = this.#width / box.width;
    const [wide, high] = [box.width * READABLE, box.height * READABLE];
    const left = this.#x + (at.x + at.width / 2 - box.x) * perPixel - wide / 2;
    const top = this.#y + (at.y + at.height / 2 - box.y) * perPixel - high / 2;
    this.#x = wide < width ? Math.max(x, Math.min(x + width - wide, left)) : x - (wide - width) / 2;
    this.#y = high < height ? Math.max(y, Math.min(y + height - high, top)) : y;
    [this.#width, this.#height] = [wide, high];
    this.#show();
  }

  /** Shows everything, but small graphs no larger than they are. */
  reset(): void {
    const { x, y, width, height } = this.#whole;
    const box = this.svg.getBoundingClientRect();
    const scale = Math.max(width / (box.width || 1), height / (box.height || 1), 0.75);
    this.#width = box.width * scale || width;
    this.#height = box.height * scale || height;
    this.#x = x - (this.#width - width) / 2;
    this.#y = y - Math.max(0, (this.#height - height) / 2);
    this.#show();
  }

  /** More (`by` below 1) or less of a part of the view, the middle by default, from 0 to 1. */
  zoom(by: number, atX: number = 0.5, atY: number = 0.5): void {
    const limited = Math.min(Math.max(this.#width * by, 40), this.#whole.width * 20) / this.#width;
    this.#x += this.#width * (1 - limited) * atX;
    this.#y += this.#height * (1 - limited) * atY;
    this.#width *= limited;
    this.#height *= limited;
    this.#show();
  }

  /** In CSS pixels. */
  move(x: number, y: number): void {
    const perPixel = this.#width / (this.svg.clientWidth || 1);
    this.#x += x * perPixel;
    this.#y += y * perPixel;
    this.#show();
  }

  /** Marks the nodes whose name matches, and gives them. */
  mark(pattern: RegExp | undefined): readonly SVGGElement[] {
    return [...this.svg.querySelectorAll<SVGGElement>("g.node")].filter((node) =>
      node.classList.toggle("marked", pattern?.test(nameOf(node)) ?? false),
    );
  }

  /** Brings a node to the middle. */
  goTo(node: SVGGElement): void {
    const view = this.svg.getBoundingClientRect();
    const box = node.getBoundingClientRect();
    this.move(box.x + box.width / 2 - view.x - view.width / 2, box.y + box.height / 2 - view.y - view.height / 2);
  }

  #show(): void {
    this.svg.setAttribute("viewBox", `${this.#x} ${this.#y} ${this.#width} ${this.#height}`);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const box = this.svg.getBoundingClientRect();
    const by = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004);
    this.zoom(by, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#drag = { x: event.clientX, y: event.clientY, fromX: this.#x, fromY: this.#y, moved: false };
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === undefined || event.buttons === 0) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) this.svg.setPointerCapture(event.pointerId);
    drag.moved = true;
    const perPixel = this.#width / (this.svg.clientWidth || 1);
    this.#x = drag.fromX - dx * perPixel;
    this.#y = drag.fromY - dy * perPixel;
    this.#show();
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined || drag.moved) return;
    const node = (event.target as Element).closest<SVGGElement>("g.node");
    this.#chooseCalls(node);
  }

  /** Fades all but a node, its calls and their other ends; everything back where there is none. */
  #chooseCalls(node: SVGGElement | null): void {
    const title = node?.querySelector("title")?.textContent ?? "";
    const already = node?.classList.contains("chosen") ?? true;
    const near = new Set([title]);
    for (const edge of this.svg.querySelectorAll<SVGGElement>("g.edge")) {
      const ends = (edge.querySelector("title")?.textContent ?? "").split("->");
      const touches = ends.includes(title);
      edge.classList.toggle("faded", !already && !touches);
      if (touches) for (const end of ends) near.add(end);
    }
    for (const other of this.svg.querySelectorAll<SVGGElement>("g.node")) {
      other.classList.toggle("faded", !already && !near.has(other.querySelector("title")?.textContent ?? ""));
      other.classList.toggle("chosen", !already && other === node);
    }
  }
}

/** A node's function: its hint is the name with the value in brackets. */
function nameOf(node: SVGGElement): string {
  const hint = node.dataset.hint ?? node.querySelector<SVGGElement>("[data-hint]")?.dataset.hint ?? "";
  return hint.replace(/ \([^()]*\)$/, "");
}
