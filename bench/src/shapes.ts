/** What a generated profile is like; the same shape and seed give the same bytes. */
export interface Shape {
  /** About how many bytes it has when encoded. */
  readonly bytes: number;
  /** Functions of the program; profiles of one program share its names, lines and addresses. */
  readonly functions: number;
  readonly seed: number;
  /** Nodes of the program's call tree; default: as many as profiles of this size have. */
  readonly nodes?: number;
  /** How deep stacks go without recursion, default 120; of walks how deep they go on average. */
  readonly depth?: number;
  /** How deep some recursion goes; default: none does. */
  readonly recursion?: number;
  /** How many samples there are; default: as many as the bytes hold. */
  readonly samples?: number;
  /** So many different stacks, each as likely as the other; default: few that are hot and many that are not. */
  readonly stacks?: number;
  /** Whether stacks are walks through the program's calls, which share little; default: they are paths of a call tree. */
  readonly walks?: boolean;
  /** Labels of each sample; default: about one, and up to four. */
  readonly labels?: number;
  /** Frames that are inlined into each location; default: up to three into a quarter of them. */
  readonly inlined?: number;
}

/** A hundred megabytes of these, each the worst of its kind. */
const LARGE = { bytes: 100e6, functions: 60_000, seed: 0 };

/** Profiles that are not as most are: what is fast on those may be slow on one of these. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  "300,000 paths": { ...LARGE, bytes: 1e9, nodes: 4_000_000, stacks: 300_000, samples: 600_000 },
  "300,000 stacks": { ...LARGE, bytes: 1e9, walks: true, depth: 47, stacks: 300_000, samples: 600_000 },
  "300 stacks": { ...LARGE, stacks: 300 },
  shallow: { ...LARGE, walks: true, depth: 4, stacks: 300_000 },
  deep: { ...LARGE, walks: true, depth: 2000 },
  wide: { ...LARGE, functions: 400_000, walks: true, depth: 30 },
  narrow: { ...LARGE, functions: 40, walks: true, depth: 40 },
  labels: { ...LARGE, labels: 12 },
  recursion: { ...LARGE, recursion: 5000 },
  inlining: { ...LARGE, walks: true, depth: 40, stacks: 100_000, inlined: 4 },
};
