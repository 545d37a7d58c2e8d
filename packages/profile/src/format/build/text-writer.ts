import { concat } from "../../bytes.ts";

const CHUNK = 1 << 20;

/** Gathers text as UTF-8, also more of it than one string can hold. */
export class TextWriter {
  #text = "";
  readonly #parts: Uint8Array[] = [];
  readonly #utf8 = new TextEncoder();

  write(text: string): void {
    this.#text += text;
    if (this.#text.length > CHUNK) this.#flush();
  }

  finish(): Uint8Array {
    this.#flush();
    return concat(this.#parts);
  }

  #flush(): void {
    this.#parts.push(this.#utf8.encode(this.#text));
    this.#text = "";
  }
}
