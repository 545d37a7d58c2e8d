import type { SourceFrame } from "../image/source-frame.ts";
import type { Question } from "./tools.ts";

/** The frames at each of these addresses of a file, of addr2line. */
export function addr2lineQuestion(
  path: string,
  file: string,
  addresses: readonly bigint[],
): Question<readonly (readonly SourceFrame[])[]> {
  return {
    path,
    args: ["-aif", "-e", file],
    input: addresses.map((address) => `${address.toString(16)}\n`).join(""),
    read(output) {
      const frames = parseFrames(output.split("\n"));
      if (frames.length === addresses.length) return frames;
      throw new Error(`${path} gave ${frames.length} answers to ${addresses.length} addresses`);
    },
  };
}

/** An answer is the address and then, frame by frame, a line with the function and one with its place. */
function parseFrames(lines: readonly string[]): SourceFrame[][] {
  const frames: SourceFrame[][] = [];
  for (let at = 0; at + 1 < lines.length; ) {
    if (lines[at]!.startsWith("0x")) {
      frames.push([]);
      at++;
      continue;
    }
    const name = lines[at]!.trim();
    const frame = {
      function: name === "??" ? "" : name,
      ...parsePlace(lines[at + 1]!.trim()),
      column: 0,
      startLine: 0,
    };
    if (frame.function !== "" || frame.file !== "") frames.at(-1)?.push(frame);
    at += 2;
  }
  return frames;
}

/** `FILE:LINE`, perhaps with ` (discriminator N)` after it; either may be unknown. */
function parsePlace(text: string): { file: string; line: number } {
  const place = text.replace(/ \(discriminator.*$/, "");
  const [, path, line] = /^(.*):(\d+|\?)$/.exec(place) ?? [];
  if (path === undefined) return { file: place, line: 0 };
  return { file: path === "??" ? "" : path, line: line === "?" ? 0 : Number(line) };
}
