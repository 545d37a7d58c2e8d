// Hot: every frame of an animation fits up to 2,000 names into boxes; measureText alone would take 10 ms of its 16.
// Bench: bench/src/pages.ts, "frame p95 ms".

/** What names in pictures are drawn in. */
export const FONT = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** From so many letters on a part keeps its end, too; of what fits so much is for its beginning. */
const BOTH_ENDS_FROM = 8;
const HEAD = 0.6;

/** Fits names into boxes by the widths of their letters, each of which is measured once. */
export class TextFitter {
  readonly #context: CanvasRenderingContext2D;
  readonly #ascii = new Float32Array(128);
  readonly #other = new Map<number, number>();
  readonly #ellipsis: number;

  /** `context` has the font that the text will be drawn in. */
  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
    for (let code = 32; code < 127; code++) this.#ascii[code] = context.measureText(String.fromCharCode(code)).width;
    this.#ellipsis = context.measureText("…").width;
  }

  /**
   * As much of a name as is at most `room` wide: the whole, or what follows a `.` or `::`, or the ends of the last part, or
   * its beginning; "" where not even two letters fit. Of `http.(*Server).ServeContent`: `(*Server).ServeContent`, then
   * `ServeContent`, then `ServeC…tent`, then `Ser…`. Of `Queue.Worker<Some.Long.Item>.Run`, `Queue.Worker<S…Run`.
   */
  fit(name: string, room: number): string {
    let at = 0;
    let before = 0;
    while (true) {
      const fits = this.#reach(name, at, room);
      if (fits === name.length) return at === 0 ? name : this.#withBefore(name, before, at, room);
      const next = nextPart(name, at);
      if (next < 0 || name.length - next < 3) {
        return this.#shortened(name, at, room - this.#ellipsis);
      }
      before = at;
      at = next;
    }
  }

  /** The end of a name from `at` on; where that leaves most of the room, behind the beginning of the part before it. */
  #withBefore(name: string, before: number, at: number, room: number): string {
    const end = name.slice(at);
    let left = room - this.#ellipsis;
    for (const letter of end) left -= this.#letter(letter.codePointAt(0)!);
    if (left < room / 2) return end;
    const head = this.#reach(name, before, left);
    return head - before < BOTH_ENDS_FROM || head >= at ? end : `${name.slice(before, head)}…${end}`;
  }

  /** Names that begin alike differ in their ends: where a few letters of either fit, what is between them is left out. */
  #shortened(name: string, at: number, room: number): string {
    const cut = this.#reach(name, at, room);
    if (cut - at < 2) return "";
    if (cut - at < BOTH_ENDS_FROM) return `${name.slice(at, cut)}…`;
    const head = this.#reach(name, at, room * HEAD);
    let left = room;
    for (let i = at; i < head; i++) left -= this.#letter(name.charCodeAt(i));
    let tail = name.length;
    while (tail > head) {
      // The second half of a letter outside of the first 65,536 goes with its first.
      const step = /[\udc00-\udfff]/.test(name[tail - 1]!) ? 2 : 1;
      left -= this.#letter(name.codePointAt(tail - step)!);
      if (left < 0) break;
      tail -= step;
    }
    return `${name.slice(at, head)}…${name.slice(tail)}`;
  }

  #letter(code: number): number {
    return code < 128 ? this.#ascii[code]! : this.#widthOf(code);
  }

  /** How far text from `at` reaches in `room`. */
  #reach(text: string, at: number, room: number): number {
    let left = room;
    let i = at;
    while (i < text.length) {
      const code = text.codePointAt(i)!;
      left -= this.#letter(code);
      if (left < 0) return i;
      i += code > 0xffff ? 2 : 1;
    }
    return i;
  }

  #widthOf(code: number): number {
    let width = this.#other.get(code);
    if (width === undefined) {
      width = this.#context.measureText(String.fromCodePoint(code)).width;
      this.#other.set(code, width);
    }
    return width;
  }
}

/** What says nothing without what stands before it: numbers, Go's closures, what C's compilers made of a function. */
const MADE_OF = /\d|func\d|(?:part|isra|constprop|lto_priv|llvm)\.|cold\b/y;

function isMadeOf(name: string, at: number): boolean {
  MADE_OF.lastIndex = at;
  return MADE_OF.test(name);
}

/** Where the next part of a name begins; parts inside of brackets are none. Names longer than 1,000 letters have none. */
function nextPart(name: string, from: number): number {
  if (name.length > 1000) return -1;
  let depth = 0;
  for (let i = from; i < name.length; i++) {
    const letter = name[i]!;
    if (letter === "<" || letter === "(" || letter === "[") depth++;
    else if (letter === ">" || letter === ")" || letter === "]") depth--;
    else if (depth === 0 && letter === "." && i > from && !isMadeOf(name, i + 1)) return i + 1;
    else if (depth === 0 && letter === ":" && name[i + 1] === ":") return i + 2;
  }
  return -1;
}
