import { ProfileError } from "../../error.ts";
import { LineReader, LONGEST_TEXT } from "./lines.ts";

const HEAD = 8192;

/** The decompressed bytes of a profile, and the views of them that formats recognise and read. */
export class Input {
  readonly bytes: Uint8Array;
  /** The first 8 KB as text. */
  readonly head: string;
  /** Whether it looks like text: no control characters at its beginning. */
  readonly isText: boolean;
  /** Whether formats that know when each sample was taken keep that, a row and a label for each. */
  readonly timestamps: boolean;
  #json: { readonly value: unknown } | undefined;

  constructor(bytes: Uint8Array, timestamps = false) {
    this.bytes = bytes;
    this.timestamps = timestamps;
    this.head = new TextDecoder().decode(bytes.subarray(0, HEAD));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what text does not hold
    this.isText = !/[\0-\x08\x0e-\x1a]/.test(this.head);
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
