import { NAMED, type ViewPicture } from "../../../session/trace-protocol.ts";

/** Shares are rounded up to one of eight, by setting these bits: so neighbouring pixels have the same more often, and are one box. */
const LEVEL = 31;
/** So many colours by name there are. */
const COLOURS = 36;

/** Collects boxes as columns, which the worker hands to the page and does not copy. */
export class BoxWriter {
  #room = 4096;
  #length = 0;
  #row = new Uint16Array(this.#room);
  #depth = new Uint8Array(this.#room);
  #from = new Float64Array(this.#room);
  #to = new Float64Array(this.#room);
  #style = new Uint8Array(this.#room);
  #share = new Uint8Array(this.#room);
  #label = new Int32Array(this.#room);
  readonly #strings: readonly string[];
  readonly #labels = new Map<number, number>();

  /** `strings` are the trace's, of which labels are rows. */
  constructor(strings: readonly string[]) {
    this.#strings = strings;
  }

  /** `label`: a row of the strings; -1: none. Returns the box. */
  add(row: number, from: number, to: number, style: number, label = -1, depth = 0, share = 255): number {
    if (this.#length === this.#room) this.#grow();
    const at = this.#length++;
    this.#row[at] = row;
    this.#depth[at] = depth;
    this.#from[at] = from;
    this.#to[at] = to;
    this.#style[at] = style;
    this.#share[at] = share;
    this.#label[at] = label < 0 ? -1 : this.#labelOf(label);
    return at;
  }

  /** A box for what is narrower than a pixel; where the pixel before it looks the same, that one's box becomes longer. */
  addPixel(row: number, from: number, to: number, style: number, share = 255): void {
    const last = this.#length - 1;
    const level = Math.min(255, share | LEVEL);
    const goesOn =
      last >= 0 &&
      this.#row[last] === row &&
      this.#style[last] === style &&
      this.#share[last] === level &&
      this.#label[last] === -1 &&
      from - this.#to[last]! <= (to - from) * 0.5;
    if (goesOn) this.#to[last] = to;
    else this.add(row, from, to, style, -1, 0, level);
  }

  /** Makes a box longer. */
  extend(box: number, to: number): void {
    this.#to[box] = to;
  }

  end(): Omit<ViewPicture, "asked" | "lines"> {
    const length = this.#length;
    return {
      length,
      row: this.#row,
      depth: this.#depth,
      from: this.#from,
      to: this.#to,
      style: this.#style,
      share: this.#share,
      label: this.#label,
      labels: Array.from(this.#labels.keys(), (row) => this.#strings[row]!),
    };
  }

  #labelOf(row: number): number {
    let label = this.#labels.get(row);
    if (label === undefined) {
      label = this.#labels.size;
      this.#labels.set(row, label);
    }
    return label;
  }

  #grow(): void {
    this.#room *= 2;
    const grown = <A extends Uint8Array | Uint16Array | Int32Array | Float64Array>(from: A): A => {
      const to = new (from.constructor as new (length: number) => A)(this.#room);
      to.set(from);
      return to;
    };
    this.#row = grown(this.#row);
    this.#depth = grown(this.#depth);
    this.#from = grown(this.#from);
    this.#to = grown(this.#to);
    this.#style = grown(this.#style);
    this.#share = grown(this.#share);
    this.#label = grown(this.#label);
  }
}

/** The colour for a name, a row of the strings: the same in every picture. */
export function styleOfName(row: number): number {
  return NAMED + ((row * 11) % COLOURS);
}
