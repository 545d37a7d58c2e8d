import { ProfileError } from "../../error.ts";
import { mostStackBytes } from "./frame-budget.ts";
import { LineReader, LONGEST_TEXT } from "./lines.ts";

const HEAD = 8192;
/** Of parts that cannot be read so many are told one by one; of more only how many there were. */
const MOST_TOLD = 10;

export interface InputOptions {
  readonly timestamps?: boolean | undefined;
  /** How many bytes samples may take, written out. */
  readonly maxStackBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Hears of each part that cannot be read and is left out, in a sentence. */
  readonly warn?: ((sentence: string) => void) | undefined;
}

/** The decompressed bytes of a profile, and the views of them that formats recognise and read. */
export class Input {
  readonly bytes: Uint8Array;
  /** The first 8 KB as text. */
  readonly head: string;
  /** Whether it looks like text: no control characters at its beginning. */
  readonly isText: boolean;
  /** Whether formats that know when each sample was taken keep that, a row and a label for each. */
  readonly timestamps: boolean;
  /** How many bytes its samples may take, written out. */
  readonly stackBytes: number;
  readonly #options: InputOptions;
  #json: { readonly value: unknown } | undefined;
  #firstOdd: ProfileError | undefined;
  #odd = 0;

  constructor(bytes: Uint8Array, options: InputOptions = {}) {
    this.bytes = bytes;
    this.timestamps = options.timestamps ?? false;
    this.stackBytes =
      options.maxStackBytes ?? mostStackBytes(bytes.length, options.maxBytes ?? Number.POSITIVE_INFINITY);
    this.#options = options;
    this.head = new TextDecoder().decode(bytes.subarray(0, HEAD));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what text does not hold
    this.isText = !/[\0-\x08\x0e-\x1a]/.test(this.head);
  }

  /** A part that cannot be read: it is left out and told to whoever hears warnings; where nobody does, it is an error. */
  odd(sentence: string): void {
    const error = new ProfileError(`malformed profile: ${sentence}`);
    const { warn } = this.#options;
    if (warn === undefined) throw error;
    this.#firstOdd ??= error;
    if (++this.#odd <= MOST_TOLD) warn(sentence);
  }

  /** Says how much more was left out; where that is all there was, the first of it is why nothing could be read. */
  finish(samples: number): void {
    if (samples === 0 && this.#firstOdd !== undefined) throw this.#firstOdd;
    if (this.#odd > MOST_TOLD) this.#options.warn?.(`${this.#odd - MOST_TOLD} more such parts`);
  }

  /** The same, of another part of the bytes. */
  part(bytes: Uint8Array): Input {
    return new Input(bytes, { ...this.#options, warn: (sentence) => this.odd(sentence) });
  }

  lines(): LineReader {
    return new LineReader(this.bytes);
  }

  /** Everything as JSON, parsed once. */
  json(): unknown {
    this.#json ??= { value: parseJson(this.bytes) };
    return this.#json.value;
  }
}

/** Without commas and blanks at the end; an expression would look from each of them for the end anew. */
function withoutTail(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s,]/.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > LONGEST_TEXT) {
    throw new ProfileError(`the JSON of ${bytes.length} bytes is longer than the longest string, ${LONGEST_TEXT}`);
  }
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A trace that was cut off may lack its closing bracket; Chrome's trace format allows that.
    if (text.startsWith("[")) {
      try {
        return JSON.parse(`${withoutTail(text)}]`);
      } catch {
        // The first error is the one that tells.
      }
    }
    const message = `${cause instanceof Error ? cause.message : cause}`.replace(/\s+/g, " ");
    throw new ProfileError(`malformed profile: ${message}`, { cause });
  }
}
