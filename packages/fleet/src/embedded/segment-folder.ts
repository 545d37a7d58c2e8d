import path from "node:path";
import type { FileSystem } from "../file/file-system.ts";
import { ASIDE } from "../file/node-file-system.ts";
import { encodeSegment, Segment, type SegmentPlace } from "../segment/segment.ts";
import type { SegmentContent } from "../segment/segment-content.ts";

const EXTENSION = ".segment";

/** The files of segments. */
export class SegmentFolder {
  readonly #files: FileSystem;
  readonly #folder: string;
  #number = 0;
  /** Names of files that may be there although it failed to write them: the next that is written takes their place. */
  #abandoned: string[] = [];

  constructor(files: FileSystem, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** The segments that are there; what a crash left of others goes. `damaged` is told what cannot be read. */
  open(damaged: (message: string) => void): Segment[] {
    this.#files.makeFolder(this.#folder);
    const segments: Segment[] = [];
    for (const name of this.#files.list(this.#folder)) {
      const file = path.join(this.#folder, name);
      if (name.endsWith(ASIDE)) this.#files.remove(file);
      if (!name.endsWith(EXTENSION)) continue;
      this.#number = Math.max(this.#number, Number(name.slice(0, -EXTENSION.length)) || 0);
      try {
        segments.push(new Segment(this.#files, file));
      } catch (error) {
        damaged(error instanceof Error ? error.message : String(error));
      }
    }
    const replaced = new Set<string>();
    const alive: Segment[] = [];
    // What takes the place of others was written after them; what has lost its place takes none.
    for (const segment of segments.reverse()) {
      if (replaced.has(path.basename(segment.path))) this.remove(segment);
      else {
        alive.push(segment);
        for (const name of segment.place.replaces) replaced.add(name);
      }
    }
    return alive.sort((a, b) => a.place.maxSequence - b.place.maxSequence);
  }

  /** Writes a segment that takes the place of others; those are still there. */
  async write(
    content: SegmentContent,
    place: Omit<SegmentPlace, "replaces">,
    replaces: readonly Segment[],
  ): Promise<Segment> {
    const names = [...replaces.map((segment) => path.basename(segment.path)), ...this.#abandoned];
    const parts = await encodeSegment(content, { ...place, replaces: names });
    const name = `${String(++this.#number).padStart(10, "0")}${EXTENSION}`;
    const file = path.join(this.#folder, name);
    let segment: Segment;
    try {
      this.#files.write(file, parts);
      segment = new Segment(this.#files, file);
    } catch (error) {
      this.#abandoned.push(name);
      throw error;
    }
    this.#removeAbandoned();
    return segment;
  }

  #removeAbandoned(): void {
    try {
      for (const name of this.#abandoned) this.#files.remove(path.join(this.#folder, name));
      this.#abandoned = [];
    } catch {
      // They go the next time; until then, what is written says that they do not count.
    }
  }

  remove({ path: file }: Segment): void {
    this.#files.remove(file);
  }
}
