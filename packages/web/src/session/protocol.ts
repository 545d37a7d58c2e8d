import type {
  CallTree,
  DisassembledInstruction,
  Disassembly,
  Listing,
  Options,
  ProfileDiff,
  TopRow,
  TreeRow,
} from "@pprof-ts/report";
import type { Completes } from "./address/refine.ts";
import type { Query } from "./address/state.ts";

/** What the pages ask of the analysis, which runs in a worker. */
export interface Questions {
  /** Opens a profile, about which all other questions are; its bytes are handed over and not copied. Where they are no profile they come back, to be tried as a trace. */
  readonly open: (source: ProfileSource) => Summary | Unread;
  /** Adds another profile to a side of a comparison; all pages then show what changed. */
  readonly compare: (added: { readonly source: ProfileSource; readonly side: Side }) => Summary;
  /** Takes a profile out of a side. */
  readonly leaveOut: (which: { readonly side: Side; readonly row: number }) => Summary;
  /** What the header of a text report says. */
  readonly legend: () => readonly string[];
  /** A flame graph. Where there are too many boxes, only wide ones are made and, in the part `FROM:TO` of the width that `seen` of the query names, all. */
  readonly flame: (query: Query) => FlamePicture;
  /** What value of a label the boxes of a flame graph have. */
  readonly shades: (of: { readonly query: Query; readonly key: string }) => LabelShades;
  /** For each frame of the last flame picture, 1 where its name or file matches. */
  readonly match: (pattern: string) => Uint8Array;
  /** What the stacks are worth that each frame of the last flame picture is in. */
  readonly totals: () => Float64Array;
  /** Whose code the frames of the last flame picture are. */
  readonly kinds: () => FrameKinds;
  /** What there is to know of a function that a frame names. */
  readonly origin: (of: { readonly name: string; readonly file: string }) => Origin;
  /** What the text in a field may be completed to, the most expensive functions first. */
  readonly complete: (of: {
    readonly what: Completes;
    readonly text: string;
    readonly query: Query;
  }) => readonly Completion[];
  /** Stacks in the order of time, and what each moment is worth. */
  readonly time: (query: Query) => TimePicture;
  /** The comparison of `pprof diff`. */
  readonly changes: (query: Query) => Reported & ProfileDiff;
  readonly top: (query: Query) => Reported & {
    readonly legend: readonly string[];
    readonly rows: readonly TopRow[];
    /** Of rows that are values of a label, the filters that leave the samples with each; "" for those without one. */
    readonly tags?: readonly string[];
  };
  /** The functions of exactly this name, with their callers and callees. */
  readonly calls: (of: { readonly query: Query; readonly name: string }) => Reported & Calls;
  readonly peek: (query: Query) => Reported & Calls;
  readonly source: (query: Query) => Reported & {
    readonly listings: readonly ShownListing[];
    /** How many more functions match. */
    readonly more: number;
    /** Whether there is a server that reads sources. */
    readonly readsFiles: boolean;
  };
  /** What the server's binaries hold of the symbols that `f` matches. */
  readonly disasm: (query: Query) => Reported & { readonly symbols: readonly ShownSymbol[] };
  /** The graph of calls in the dot language, without labels that are the same on all samples. */
  readonly dot: (query: Query) => Reported & { readonly text: string };
  /** The functions and calls that the graph shows, as rows. */
  readonly graph: (query: Query) => Reported & CallGraph;
  readonly tags: (query: Query) => Reported & { readonly keys: readonly LabelKey[] };
  /** A text report of the tool. */
  readonly text: (of: { readonly output: string; readonly query: Query }) => Reported & {
    readonly text: string;
    readonly isCut: boolean;
  };
}

/** The functions that answer these questions, at once or later. */
export type Answers = {
  readonly [N in keyof Questions]: (
    argument: Parameters<Questions[N]>[0],
  ) => ReturnType<Questions[N]> | Promise<ReturnType<Questions[N]>>;
};

/** A side of a comparison: what was measured before, or now. */
export type Side = "old" | "fresh";

/** Bytes, or where they are, with the options of the tool that serves them. */
export type ProfileSource = { readonly name: string } & (
  | {
      readonly bytes: ArrayBuffer;
      /** Sources that a page in one file has with its profile, as the tool packs them. */
      readonly sources?: ArrayBuffer;
    }
  | {
      readonly url: string;
      /** Options that the tool which serves it says beside it; undefined for a file of any server. */
      readonly options: Partial<Options> | undefined;
    }
);

/** What every report says of its numbers. */
export interface Reported {
  readonly type: string;
  /** The unit of the values, and the one to show them in: `auto` for each its own. */
  readonly unit: string;
  readonly shownUnit: string;
  /** What values are divided by before they are written, as the option `divide_by` has it. */
  readonly divideBy: number;
  /** What 100 % is. */
  readonly total: number;
  readonly warnings: readonly string[];
}

export interface Calls {
  readonly rows: readonly TreeRow[];
  /** How many more there are. */
  readonly more: number;
}

/** Functions and the calls between them; ends of a call are rows of the functions. */
export interface CallGraph {
  readonly nodes: readonly { readonly name: string; readonly flat: number; readonly cum: number }[];
  readonly edges: readonly {
    readonly source: number;
    readonly target: number;
    readonly weight: number;
    readonly residual: boolean;
  }[];
  /** How many functions and calls are too small to be shown, and how many functions there were before the largest were kept. */
  readonly droppedNodes: number;
  readonly droppedEdges: number;
  readonly nodesBeforeCount: number;
}

/** What the samples with a label are worth, in all and by its values. */
export interface LabelKey {
  readonly key: string;
  readonly total: number;
  readonly values: readonly LabelValue[];
  /** Its numbers put together, where there are many different ones. */
  readonly buckets: readonly LabelValue[] | undefined;
}

export interface LabelValue {
  readonly name: string;
  readonly value: number;
  /** The smallest and the largest number that it stands for, as a tag filter has them; undefined for a text. */
  readonly range: string | undefined;
}

export interface Request {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly progress: Progress };

/** What could not be read as a profile, and why: it may be a trace. */
export interface Unread {
  readonly unread: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How much of a profile has been read. */
export interface Progress {
  readonly name: string;
  /** In bytes, as they arrive. */
  readonly read: number;
  /** How many there are in all; undefined where nobody knows. */
  readonly total: number | undefined;
}

/** What a profile says of itself. */
export interface Summary {
  readonly sampleTypes: readonly {
    readonly type: string;
    readonly unit: string;
    readonly total: number;
    /** How much of it is memory of the process that JavaScript's heap does not hold: left out unless it is asked for. */
    readonly besideHeap: number;
  }[];
  /** The one that pages open on. */
  readonly defaultType: number;
  readonly samples: number;
  readonly bytes: number;
  /** What of the files could not be read and is left out, a sentence each. */
  readonly odd: readonly string[];
  /** Whether samples say when they were taken. */
  readonly hasTime: boolean;
  /** Whether samples have addresses in files, so that there may be assembly. */
  readonly hasCode: boolean;
  /** The keys of its labels. */
  readonly labels: readonly string[];
  /** The names of the profiles on each side of a comparison; none from before where nothing is compared. */
  readonly old: readonly string[];
  readonly fresh: readonly string[];
}

/** A function's lines, and what there is to know of their file. */
export type ShownListing = Listing & {
  /** Where a file that is not there was looked for. */
  readonly looked: readonly string[];
  /** When it was changed after the profile was taken, in milliseconds since 1970; undefined where it was not. */
  readonly changed: number | undefined;
};

/** A symbol's instructions, their addresses in hex. */
export type ShownSymbol = Omit<Disassembly, "instructions"> & {
  readonly instructions: readonly (Omit<DisassembledInstruction, "address"> & { readonly address: string })[];
};

/** What a flame graph is drawn from. */
export interface FlamePicture extends Reported {
  /** What was asked. */
  readonly query: Query;
  /** From the root, from the leaves, or from the pivot down. */
  readonly tree: CallTree;
  /** From the pivot up. */
  readonly callers: CallTree | undefined;
  readonly frames: FrameColumns;
  /** Whether values may be negative: the profile is a difference. */
  readonly isDiff: boolean;
  /** Whether narrow boxes were not taken apart, there being too many. */
  readonly isCut: boolean;
  /** The packages in which most is spent, the most first. */
  readonly packages: readonly ColouredPackage[];
  /** Colours of boxes, where there are not enough to give each package one that no neighbour has. */
  readonly boxColours: { readonly tree: Uint8Array; readonly callers: Uint8Array | undefined } | undefined;
}

/** Where a function comes from. */
export interface Origin {
  readonly package: string;
  readonly kind: CodeKind;
  readonly file: string;
  /** Where it begins; 0 where nobody knows. */
  readonly line: number;
  /** The path of its file on this machine, as the server finds it; "" where it does not. */
  readonly place: string;
}

/** What a field is completed to, and what that stands for where it is a pattern. */
export interface Completion {
  readonly value: string;
  readonly text: string;
}

/** A package whose boxes have a colour. */
export interface ColouredPackage {
  readonly name: string;
  /** The number of its colour. */
  readonly colour: number;
  /** What is spent in its own functions. */
  readonly self: number;
}

/** For each frame a row of `CODE_KINDS`, and for each of these what is spent in its functions. */
export interface FrameKinds {
  readonly of: Uint8Array;
  readonly self: readonly number[];
}

/** Whose code a frame may be: the program's own, or another's. */
export const CODE_KINDS = ["own", "library", "runtime", "native", "gc"] as const;

export type CodeKind = (typeof CODE_KINDS)[number];

/** For each box the value of a label that most of it has: a row of `values`; a larger number stands for none. */
export interface LabelShades {
  readonly values: readonly string[];
  readonly tree: Uint16Array;
  readonly callers: Uint16Array | undefined;
}

/** The frames of a picture; text is UTF-8, text i being `textBytes[textStart[i]]` up to `textBytes[textStart[i + 1]]`. */
export interface FrameColumns {
  readonly length: number;
  readonly textBytes: Uint8Array;
  readonly textStart: Uint32Array;
  /** Rows of the text. */
  readonly name: Uint32Array;
  readonly file: Uint32Array;
  /** The number of the colour that the frame's package has. */
  readonly colour: Uint8Array;
  /** Of the call or, where frames are whole functions, where that begins; 0 where nobody knows. */
  readonly line: Float64Array;
  readonly inlined: Uint8Array;
  readonly self: Float64Array;
  /** Undefined of very many stacks: then it is the answer to `totals`. */
  readonly total: Float64Array | undefined;
}

/** A flame graph whose `start` and `width` are nanoseconds since the first sample, and what passed meanwhile. */
export interface TimePicture extends FlamePicture {
  /** When the first sample shown began, in nanoseconds since the first one of all. */
  readonly begin: number;
  /** The value of each of these equal parts of the whole time. */
  readonly load: Float64Array;
  readonly heat: HeatMap;
  /** How the values of `load` and `heat` are written. */
  readonly heatUnit: Pick<Reported, "unit" | "shownUnit" | "divideBy">;
  /** The threads that there are, and the one that is shown. */
  readonly threads: readonly TimeThread[];
  readonly thread: string;
}

/** The value of each part of each second: part r of column c is `values[c * rows + r]`. */
export interface HeatMap {
  /** How long a column is, in nanoseconds. */
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  readonly values: Float64Array;
}

export interface TimeThread {
  readonly name: string;
  readonly value: number;
}
