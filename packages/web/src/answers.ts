import { BASE_LABEL, type Profile, readProfile, subtract } from "@pprof-ts/profile";
import {
  type Analysis,
  analyze,
  compilePattern,
  defaultOptions,
  formatIn,
  labelTotals,
  listings,
  localZone,
  type Options,
  outputRow,
  profileLegend,
  sampleIndexOf,
  type TopRow,
  top,
  tree,
  type World,
  withOverrides,
  withQuery,
} from "@pprof-ts/report";
import { flamePicture, matching, type ShownFrames } from "./flame-answer.ts";
import { type ChangeRow, type Questions, type Reported, type Summary, TIMESTAMP } from "./protocol.ts";
import { exactly } from "./refine.ts";
import type { Query } from "./state.ts";
import { timePicture } from "./time-answer.ts";

/** Answers may take their time. */
export type Answers = {
  readonly [N in keyof Questions]: (
    argument: Parameters<Questions[N]>[0],
  ) => ReturnType<Questions[N]> | Promise<ReturnType<Questions[N]>>;
};

/** So many functions' sources are shown where none are asked for. */
const SOURCES = 20;
/** Longer texts are cut: nobody reads them on a page. */
const LONGEST_TEXT = 1_000_000;

/** Answers about one profile after another: the worker's side of the pages. */
export function answers(): Answers {
  let profile: Profile | undefined;
  /** The open profile without the base that it is compared with. */
  let own: Profile | undefined;
  let base = defaultOptions;
  let world: World = { zone: localZone };
  let shown: ShownFrames | undefined;
  const analysisOf = (output: string, query: Query, argument?: string, more: Partial<Options> = {}): Analysis => {
    if (profile === undefined) throw new Error("no profile is open");
    return analyze(profile, { ...withOverrides(outputRow(output)!, { ...withQuery(query, base), ...more }) }, argument);
  };
  return {
    async open(source) {
      const isServed = "url" in source;
      const bytes = new Uint8Array(isServed ? await download(source.url) : source.bytes);
      profile = await readProfile(bytes, { timestamps: true });
      own = undefined;
      base = { ...defaultOptions, ...(isServed ? source.options : {}) };
      world = { zone: localZone, ...(isServed ? { readSource: sourceReader(source.url) } : {}) };
      return summaryOf(profile, bytes.length);
    },

    async compare(source) {
      if (profile === undefined) throw new Error("no profile is open");
      const bytes = new Uint8Array("url" in source ? await download(source.url) : source.bytes);
      const other = await readProfile(bytes);
      // Of a difference only the newer part is compared again.
      own ??= profile;
      profile = subtract(own, other, { diff: true });
      return summaryOf(profile, bytes.length);
    },

    legend() {
      const analysis = analysisOf("text", {});
      return profileLegend(analysis, formatIn(analysis, "auto"), world);
    },

    flame(query) {
      const picture = flamePicture(analysisOf("tree", query, undefined, { trim: false }), query);
      shown = picture;
      return picture.picture;
    },

    match(text) {
      if (shown === undefined) throw new Error("there is no picture to search");
      // Capitals are meant where there are any.
      return matching(shown, compilePattern(/[A-Z]/.test(text) ? text : `(?i)${text}`));
    },

    time(query) {
      const analysis = analysisOf("tree", query, undefined, { trim: false });
      const picture = timePicture(analysis);
      shown = picture;
      return picture.picture;
    },

    changes(query) {
      const of = (filter: Partial<Options>): Analysis =>
        analysisOf("top", query, undefined, { trim: false, ...filter });
      const key = `${BASE_LABEL}=true`;
      const [before, after] = [of({ tagfocus: key }), of({ tagignore: key })];
      return { ...reported(after), rows: changes(top(before, world).rows, top(after, world).rows) };
    },

    top(query) {
      const analysis = analysisOf("top", query, undefined, query.n || query.nf ? {} : { trim: false });
      const { legend, rows } = top(analysis, world);
      return { ...reported(analysis), legend, rows };
    },

    calls({ query, name }) {
      const analysis = analysisOf("peek", query, exactly(name));
      return { ...reported(analysis), rows: tree(analysis, world).rows };
    },

    peek(query) {
      const analysis = analysisOf("peek", query, query.f || undefined);
      return { ...reported(analysis), rows: tree(analysis, world).rows.slice(0, 200) };
    },

    source(query) {
      const wanted = query.f || mostExpensive(analysisOf("top", query));
      const analysis = analysisOf("list", query, wanted);
      return { ...reported(analysis), listings: listings(analysis, world).slice(0, 50) };
    },

    tags(query) {
      const analysis = analysisOf("tags", query);
      const keys = labelTotals(analysis).map(({ key, total, values }) => ({
        key,
        total: Number(total),
        values: values.map(({ name, value }) => ({ name, value: Number(value) })),
      }));
      return { ...reported(analysis), keys };
    },

    text({ output, query }) {
      const analysis = analysisOf(output, query, outputRow(output)!.takesRegexp ? query.f || "." : undefined);
      const body = outputRow(output)!.print(analysis, world);
      let text = "";
      for (const chunk of typeof body === "object" && "chunks" in body ? body.chunks : [String(body)]) {
        text += chunk;
        if (text.length > LONGEST_TEXT) break;
      }
      return { ...reported(analysis), text: text.slice(0, LONGEST_TEXT), isCut: text.length > LONGEST_TEXT };
    },
  };

  function mostExpensive(analysis: Analysis): string {
    const { rows } = top(analysis, world);
    return rows.length === 0
      ? "."
      : rows
          .slice(0, SOURCES)
          .map(({ name }) => exactly(name))
          .join("|");
  }
}

function reported({ sampleType, options, total, messages }: Analysis): Reported {
  return {
    type: sampleType.type,
    unit: sampleType.unit,
    shownUnit: options.unit === "minimum" ? "auto" : options.unit,
    total: Number(total),
    warnings: messages,
  };
}

async function download(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** Reads sources from beside the profile, where the server finds them. Reports read as they go, and a worker may wait. */
function sourceReader(profileUrl: string): (path: string) => string | undefined {
  return (path) => {
    const request = new XMLHttpRequest();
    request.open("GET", new URL(`./file?${new URLSearchParams({ path })}`, profileUrl), false);
    request.send();
    return request.status === 200 ? request.responseText : undefined;
  };
}

function summaryOf(profile: Profile, bytes: number): Summary {
  return {
    sampleTypes: profile.sampleTypes,
    defaultType: sampleIndexOf(profile, ""),
    samples: profile.samples.length,
    bytes,
    hasTime: hasLabel(profile, TIMESTAMP),
    isDiff: hasLabel(profile, BASE_LABEL),
  };
}

function hasLabel({ samples, strings }: Profile, key: string): boolean {
  return samples.labels.length > 0 && samples.labels.key.includes(strings.rowOf(key));
}

/** Both sides of a comparison by name; the base's values have been subtracted and are negative. */
function changes(before: readonly TopRow[], after: readonly TopRow[]): ChangeRow[] {
  const rows = new Map<string, ChangeRow>();
  for (const { name, flat, cum } of before)
    rows.set(name, { name, flatBefore: -flat, cumBefore: -cum, flatAfter: 0, cumAfter: 0 });
  for (const { name, flat, cum } of after) {
    const known = rows.get(name) ?? { name, flatBefore: 0, cumBefore: 0 };
    rows.set(name, { ...known, flatAfter: flat, cumAfter: cum });
  }
  const change = ({ cumBefore, cumAfter }: ChangeRow): number => Math.abs(cumAfter - cumBefore);
  return [...rows.values()].sort((a, b) => change(b) - change(a));
}
