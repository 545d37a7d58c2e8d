import { type Profile, readProfile } from "@pprof-ts/profile";
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
  top,
  tree,
  type World,
  withOverrides,
  withQuery,
} from "@pprof-ts/report";
import { flamePicture, matching, type ShownFrames } from "./flame-answer.ts";
import type { Questions, Reported, Summary } from "./protocol.ts";
import { exactly } from "./refine.ts";
import type { Query } from "./state.ts";

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
      profile = await readProfile(bytes);
      base = { ...defaultOptions, ...(isServed ? source.options : {}) };
      world = { zone: localZone, ...(isServed ? { readSource: sourceReader(source.url) } : {}) };
      return summaryOf(profile, bytes.length, world);
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

function summaryOf(profile: Profile, bytes: number, world: World): Summary {
  const analysis = analyze(profile, defaultOptions);
  return {
    sampleTypes: profile.sampleTypes,
    defaultType: sampleIndexOf(profile, ""),
    samples: profile.samples.length,
    bytes,
    labels: profileLegend(analysis, formatIn(analysis, "auto"), world),
  };
}
