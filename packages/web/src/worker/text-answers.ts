import type { Profile } from "@pprof-ts/profile";
import { chunkText, formatIn, outputRow, profileLegend } from "@pprof-ts/report";
import { exactly } from "../session/address/exact-name.ts";
import type { Answers } from "../session/protocol.ts";
import type { Opened } from "./open/opened.ts";
import { reported } from "./open/reported.ts";

/** Longer texts are cut: nobody reads them on a page. */
const LONGEST_TEXT = 1_000_000;

/** What the tool prints, as text. */
export function textAnswers(opened: Opened): Pick<Answers, "legend" | "dot" | "text"> {
  return {
    legend() {
      const analysis = opened.analysis("text", {});
      return profileLegend(analysis, formatIn(analysis, "auto"), opened.world);
    },

    dot(query) {
      const hidden = query.ts || query.th ? [] : constantLabels(opened.profile);
      const more = hidden.length === 0 ? {} : { taghide: hidden.map(exactly).join("|") };
      const analysis = opened.analysis("dot", query, undefined, more);
      // Nobody asked for that filter: the picture does not name it.
      const options = { ...analysis.options, taghide: query.th ?? "" };
      const text = outputRow("dot")!.print({ ...analysis, options }, opened.world) as string;
      return { ...reported(analysis), text };
    },

    text({ output, query }) {
      const row = outputRow(output)!;
      const analysis = opened.analysis(output, query, row.takesRegexp ? query.f || "." : undefined);
      const body = row.print(analysis, opened.world);
      let text = "";
      for (const chunk of typeof body === "object" && "chunks" in body ? body.chunks : [String(body)]) {
        text += chunkText(chunk);
        if (text.length > LONGEST_TEXT) break;
      }
      return { ...reported(analysis), text: text.slice(0, LONGEST_TEXT), isCut: text.length > LONGEST_TEXT };
    },
  };
}

/** The keys whose one value stands on every sample that has the key: no news in a picture. */
function constantLabels({ samples, strings }: Profile): readonly string[] {
  const { key, str } = samples.labels;
  const values = new Map<number, number | undefined>();
  for (let label = 0; label < key.length; label++) {
    const of = key[label]!;
    // A number is no text, row 0 being none.
    if (str[label] === 0) continue;
    values.set(of, values.has(of) && values.get(of) !== str[label] ? undefined : str[label]);
  }
  return [...values].flatMap(([of, value]) => (value === undefined ? [] : [strings.get(of)]));
}
