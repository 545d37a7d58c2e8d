import { type Profile, readProfile } from "@pprof-ts/profile";
import {
  analyze,
  type CallTree,
  callTree,
  compilePattern,
  defaultOptions,
  type FrameTable,
  formatIn,
  frameName,
  frameTable,
  frameTotals,
  localZone,
  type Pattern,
  pivotTrees,
  profileLegend,
  sampleIndexOf,
  type World,
  withQuery,
} from "@pprof-ts/report";
import { frameColumns } from "./frame-columns.ts";
import type { Questions, Summary } from "./protocol.ts";

const world: World = { zone: localZone };

/** Answers may take their time. */
export type Answers = {
  readonly [N in keyof Questions]: (
    argument: Parameters<Questions[N]>[0],
  ) => ReturnType<Questions[N]> | Promise<ReturnType<Questions[N]>>;
};

/** Answers about one profile after another: the worker's side of the pages. */
export function answers(): Answers {
  let profile: Profile | undefined;
  let shown: { readonly profile: Profile; readonly frames: FrameTable } | undefined;
  const opened = (): Profile => {
    if (profile === undefined) throw new Error("no profile is open");
    return profile;
  };
  return {
    async open(source) {
      const bytes = new Uint8Array("bytes" in source ? source.bytes : await download(source.url));
      profile = await readProfile(bytes);
      return summaryOf(profile, bytes.length);
    },

    flame(query) {
      const options = { ...withQuery(query), trim: false };
      const analysis = analyze(opened(), options);
      const { profile, selection, values } = analysis;
      const frames = frameTable(selection, options.granularity, options.showcolumns);
      shown = { profile, frames };
      const stacks = { selection, frames, values: values.values.numbers };
      const pivot = query.p;
      let tree: CallTree;
      let callers: CallTree | undefined;
      if (pivot) ({ callees: tree, callers } = pivotTrees(stacks, matching(profile, frames, compilePattern(pivot))));
      else tree = callTree(stacks, query.inv === "1");
      return {
        tree,
        callers,
        frames: frameColumns(profile, frames, frameTotals(tree, frames.length)),
        type: analysis.sampleType.type,
        unit: analysis.sampleType.unit,
        shownUnit: options.unit === "minimum" ? "auto" : options.unit,
        total: Number(analysis.total),
        isDiff: tree.width !== tree.total,
        warnings: analysis.messages,
      };
    },

    match(text) {
      if (shown === undefined) throw new Error("there is no picture to search");
      // Capitals are meant where there are any.
      return matching(shown.profile, shown.frames, compilePattern(/[A-Z]/.test(text) ? text : `(?i)${text}`));
    },
  };
}

async function download(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

function summaryOf(profile: Profile, bytes: number): Summary {
  const analysis = analyze(profile, defaultOptions);
  return {
    sampleTypes: profile.sampleTypes,
    defaultType: sampleIndexOf(profile, ""),
    samples: profile.samples.length,
    bytes,
    labels: profileLegend(analysis, formatIn(analysis, "auto"), world),
  };
}

/** 1 for each frame whose name or file matches; each text is tried once. */
function matching(profile: Profile, table: FrameTable, pattern: Pattern): Uint8Array {
  const known = new Map<string, boolean>();
  const test = (text: string): boolean => {
    let matches = known.get(text);
    if (matches === undefined) {
      matches = text !== "" && pattern.test(text);
      known.set(text, matches);
    }
    return matches;
  };
  return Uint8Array.from({ length: table.length }, (_, frame) =>
    test(frameName(profile, table, frame)) || test(profile.strings.get(table.file[frame]!)) ? 1 : 0,
  );
}
