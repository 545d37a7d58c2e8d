/** An object's reference, such as `7 0 R`. */
export type Reference = string;

/** Objects with numbers, and where each begins. */
export class PdfFile {
  readonly #objects: Buffer[] = [];

  /** Adds a dictionary of these entries, with a deflated stream if there is one. */
  add(entries: string, stream?: Buffer): Reference {
    const reference = this.reserve();
    this.set(reference, entries, stream);
    return reference;
  }

  reserve(): Reference {
    this.#objects.push(Buffer.alloc(0));
    return `${this.#objects.length} 0 R`;
  }

  set(reference: Reference, entries: string, stream?: Buffer): void {
    const number = Number.parseInt(reference, 10);
    const more = stream === undefined ? "" : ` /Length ${stream.length} /Filter /FlateDecode`;
    const parts: Uint8Array[] = [Buffer.from(`${number} 0 obj\n<< ${entries}${more} >>\n`, "latin1")];
    if (stream !== undefined) parts.push(Buffer.from("stream\n"), stream, Buffer.from("\nendstream\n"));
    this.#objects[number - 1] = Buffer.concat([...parts, Buffer.from("endobj\n")]);
  }

  end(root: Reference, info: Reference): Uint8Array {
    // The bytes above 127 say that the file is not text.
    const head = Buffer.from("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n", "latin1");
    let at = head.length;
    const rows = this.#objects.map((object) => {
      const row = `${String(at).padStart(10, "0")} 00000 n \n`;
      at += object.length;
      return row;
    });
    const size = rows.length + 1;
    const tail = `xref\n0 ${size}\n0000000000 65535 f \n${rows.join("")}trailer
<< /Size ${size} /Root ${root} /Info ${info} >>
startxref
${at}
%%EOF
`;
    return Buffer.concat([head, ...this.#objects, Buffer.from(tail, "latin1")]);
  }
}
