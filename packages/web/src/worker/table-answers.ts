import { diffProfiles, labelTotals, outputRow, top, tree } from "@pprof-ts/report";
import { exactly } from "../session/exact-name.ts";
import type { Answers, CallGraph } from "../session/protocol.ts";
import type { Opened } from "./open/opened.ts";
import { reported } from "./open/reported.ts";

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
      const keys = labelTotals(analysis).map(({ key, total, values }) => ({
        key,
        total: Number(total),
        values: values.map(({ name, value, range }) => ({ name, value: Number(value), range })),
      }));
      return { ...reported(analysis), keys };
    },
  };
}
