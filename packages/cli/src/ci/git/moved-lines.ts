import type { Git } from "./git.ts";
import type { Revisions } from "./revisions.ts";

/** Where in the base a line of a file of the head is, both from 1; undefined of one that is new, or is not what it was. */
export type MovedLines = (file: string, line: number) => number | undefined;

/** Lines that stand in place of others. */
interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

/** By what git says that differs; functions without a name go by the line that they begin at. */
export async function movedLines(git: Git, { base, head }: Revisions): Promise<MovedLines> {
  const sides = head.hasChanges ? [base.commit] : [base.commit, head.commit];
  const options = ["--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-relative"];
  const prefixes = ["--src-prefix=a/", "--dst-prefix=b/"];
  const text = await git.find("-c", "core.quotePath=false", "diff", ...options, ...prefixes, ...sides, "--");
  const files = hunksOf(text ?? "");
  return (file, line) => lineBefore(files.get(file) ?? [], line);
}

function hunksOf(text: string): Map<string, Hunk[]> {
  const files = new Map<string, Hunk[]>();
  let hunks: Hunk[] = [];
  let left = 0;
  for (const line of text.split("\n")) {
    // Lines of a file may look like what stands between files.
    if (left > 0 && /^[-+]/.test(line)) {
      left--;
      continue;
    }
    const file = /^\+\+\+ b\/(.*?)\t?$/.exec(line)?.[1];
    if (file !== undefined) {
      hunks = [];
      files.set(file, hunks);
    }
    const [, oldStart, oldCount = "1", newStart, newCount = "1"] =
      /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (oldStart === undefined) continue;
    const hunk = { oldStart: Number(oldStart), oldCount: Number(oldCount) };
    hunks.push({ ...hunk, newStart: Number(newStart), newCount: Number(newCount) });
    left = Number(oldCount) + Number(newCount);
  }
  return files;
}

function lineBefore(hunks: readonly Hunk[], line: number): number | undefined {
  let moved = 0;
  for (const { oldStart, oldCount, newStart, newCount } of hunks) {
    // What stands in place of nothing begins after the line that is named.
    if (line < newStart || (newCount === 0 && line === newStart)) break;
    if (line < newStart + newCount) return oldCount === newCount ? oldStart + line - newStart : undefined;
    moved += oldCount - newCount;
  }
  return line + moved;
}
