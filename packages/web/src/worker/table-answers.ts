import { diffProfiles, labelTotals, outputRow, top, tree } from "@pprof-ts/report";
import { exactly, labelFilter } from "../session/address/exact-name.ts";
import type { Query } from "../session/address/state.ts";
import type { Answers, CallGraph } from "../session/protocol.ts";
import { labelBuckets } from "./label-buckets.ts";
import type { Opened } from "./open/opened.ts";
import { reported } from "./open/reported.ts";

/** How an address names the label by whose values rows are grouped. */
const LABEL = "label:";

/** So many functions are shown with their callers and callees where none are asked for by name. */
const MOST_PEEKED = 200;

/** The functions, the calls between them, and the labels of samples, as rows. */
export function tableAnswers(opened: Opened): Pick<Answers, "changes" | "top" | "calls" | "peek" | "graph" | "tags"> {
  return {
    changes(query) {
      const diff = diffProfiles(opened.sideOf("old", query), opened.sideOf("fresh", query), opened.optionsOf(query));
      return { ...reported(opened.analysis("top", query)), ...diff };
    },

    top(query) {
      if (query.by?.startsWith(LABEL)) return labelRows(opened, query, query.by.slice(LABEL.length));
      const analysis = opened.analysis("top", query, undefined, query.n || query.nf ? {} : { trim: false });
      const { legend, rows } = top(analysis, opened.world);
      return { ...reported(analysis), legend, rows };
    },

    calls({ query, name }) {
      const analysis = opened.analysis("peek", query, exactly(name));
      return { ...reported(analysis), rows: tree(analysis, opened.world).rows, more: 0 };
    },

    peek(query) {
      const analysis = opened.analysis("peek", query, query.f || undefined);
      const { rows } = tree(analysis, opened.world);
      return {
        ...reported(analysis),
        rows: rows.slice(0, MOST_PEEKED),
        more: Math.max(0, rows.length - MOST_PEEKED),
      };
    },

    graph(query) {
      const analysis = opened.analysis("dot", query);
      const { nodes, edges, ...dropped } = outputRow("dot")!.data!(analysis, opened.world) as unknown as CallGraph;
      // The output numbers functions from 1, as the reference tool does; rows count from 0.
      const calls = edges.map((edge) => ({ ...edge, source: edge.source - 1, target: edge.target - 1 }));
      return { ...reported(analysis), nodes, edges: calls, ...dropped };
    },

    tags(query) {
      const analysis = opened.analysis("tags", query);
      const keys = labelTotals(analysis).map(({ key, total, values }) => {
        const all = values.map(({ name, value, range }) => ({ name, value: Number(value), range }));
        return { key, total: Number(total), values: all, buckets: labelBuckets(all) };
      });
      return { ...reported(analysis), keys };
    },
  };
}

/** The values of a label as rows, and what has none of it: samples have no callers, so what they are worth is all theirs. */
function labelRows(opened: Opened, query: Query, key: string): ReturnType<Answers["top"]> {
  const analysis = opened.analysis("tags", query);
  const found = labelTotals(analysis).find((of) => of.key === key);
  const { numbers } = analysis.values.values;
  let all = 0;
  for (const sample of analysis.selection.samples) all += numbers[sample]!;
  const values = (found?.values ?? []).map(({ name, value, range }) => ({
    name,
    value: Number(value),
    tag: labelFilter(key, name, range),
  }));
  const rest = all - values.reduce((sum, { value }) => sum + value, 0);
  if (rest !== 0) values.push({ name: `no ${key}`, value: rest, tag: "" });
  values.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  let sum = 0;
  const rows = values.map(({ name, value }) => {
    sum += value;
    return { name, inline: "", flat: value, sum, cum: value };
  });
  return { ...reported(analysis), legend: [], rows, tags: values.map(({ tag }) => tag) };
}
