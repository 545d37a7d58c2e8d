import { encode, type Profile } from "@pprof-ts/profile";
import {
  addressKey,
  defaultOptions,
  formatIn,
  OPTIONS,
  type Options,
  percentage,
  ReportError,
  report,
  wholeBody,
  withQuery,
} from "@pprof-ts/report";
import fc from "fast-check";
import { expect, test } from "vitest";
import { options, profiles } from "../../report/test/drawn.ts";
import { exactly } from "../src/session/address/exact-name.ts";
import type { Query } from "../src/session/address/state.ts";
import type { Answers, Reported } from "../src/session/protocol.ts";
import { callCells, lineCells, listingCells, tagCells, topCells, treeCells } from "../src/view/report/cells.ts";
import { shareText, type Values, valueText } from "../src/widget/values.ts";
import { answers } from "../src/worker/answers.ts";

// Every number on a page is what the tool prints for it, in units that suit each number, as pages have them.

/** The address of a page under these options, and the options of the tool. */
function addressOf(set: Partial<Options>): { readonly query: Query; readonly tool: Options } {
  const query: Record<string, string> = {};
  for (const row of OPTIONS) {
    const key = addressKey(row);
    const value = (set as Record<string, unknown>)[row.name];
    if (key !== undefined && value !== undefined && value !== "" && value !== false) query[key] = String(value);
  }
  const asked = withQuery(query, defaultOptions);
  return { query, tool: { ...asked, unit: asked.unit === "minimum" ? "auto" : asked.unit } };
}

/** What the tool prints, a line each, the first word of a number's line being a number. */
function printed(profile: Profile, output: string, tool: Options, argument?: string): readonly string[] {
  const body = wholeBody(report(profile, output, tool, {}, argument).body);
  return (typeof body === "string" ? body : new TextDecoder().decode(body)).split("\n");
}

/** A share without the sign that pages give it: the tool's have none. */
const unsigned = (share: string): string => share.replace(/^-(?=.*%$)/, "");

/** The same, or nothing where nothing matches. */
function printedOrWhy(...what: Parameters<typeof printed>): readonly string[] | undefined {
  try {
    return printed(...what);
  } catch (error) {
    if (error instanceof ReportError) return undefined;
    throw error;
  }
}

interface Page {
  readonly name: string;
  /** What a page shows, and what the tool prints of the same. */
  readonly both: (
    answer: Answers,
    profile: Profile,
    query: Query,
    tool: Options,
  ) => Promise<readonly [shown: readonly string[], printed: readonly string[]]>;
}

const treeLines = (lines: readonly string[]): readonly string[] =>
  lines.slice(lines.findIndex((line) => line.startsWith("---"))).flatMap((line) => {
    const [numbers, name] = line.split(/ \| (.*)/s, 2);
    return name === undefined || /flat%/.test(line) ? [] : [[...numbers!.trim().split(/\s+/), name.trim()].join(" ")];
  });

async function callsOf(answer: Awaited<ReturnType<Answers["peek"]>>): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const row of answer.rows) {
    const call = (of: (typeof row.callers)[number]): string =>
      [...callCells(of, row, answer).map(unsigned), `${of.name}${of.inline ? " (inline)" : ""}`].join(" ");
    const [cum, cumShare, flat, flatShare] = treeCells(row, answer);
    lines.push(...row.callers.map(call));
    lines.push([flat, flatShare, shareText(row.sum, answer), cum, cumShare].map(unsigned).concat(row.name).join(" "));
    lines.push(...row.callees.map(call));
  }
  return lines;
}

const PAGES: readonly Page[] = [
  {
    name: "Top",
    async both(answer, profile, query, tool) {
      const value = await answer.top(query);
      const lines = printed(profile, "top", { ...tool, trim: false });
      const rows = lines.slice(lines.findIndex((line) => /flat%/.test(line)) + 1, -1);
      return [
        value.rows.map((row) =>
          [
            ...topCells(row, value).map((cell, i) => (i % 2 === 1 || i === 2 || i === 4 ? unsigned(cell) : cell)),
            row.name,
          ]
            .concat(row.inline || [])
            .join(" "),
        ),
        rows.map((line) => line.trim().split(/\s+/).join(" ")),
      ];
    },
  },
  {
    name: "Peek",
    async both(answer, profile, query, tool) {
      const value = await answer.peek(query);
      const lines = value.rows.length === 0 ? [] : printed(profile, "peek", tool, query.f || ".");
      return [await callsOf(value), treeLines(lines)];
    },
  },
  {
    name: "the panel of Top",
    async both(answer, profile, query, tool) {
      const { rows } = await answer.top(query);
      const shown: string[] = [];
      const lines: string[] = [];
      for (const { name } of rows.slice(0, 3)) {
        shown.push(...(await callsOf(await answer.calls({ query, name }))));
        lines.push(...treeLines(printed(profile, "peek", tool, exactly(name))));
      }
      return [shown, lines];
    },
  },
  {
    name: "Source",
    async both(answer, profile, query, tool) {
      const found = await printedOrWhy(profile, "list", query.f ? tool : { ...tool, focus: "." }, query.f || ".");
      if (found === undefined) return [[], []];
      const value = await answer.source({ ...query, f: query.f || "." });
      const lines = printed(profile, "list", query.f ? tool : { ...tool, focus: "." }, query.f || ".");
      return [
        value.listings
          .filter(({ file }) => file !== "")
          .map((one) =>
            listingCells(one, value)
              .map((cell) => unsigned(cell))
              .join(" "),
          ),
        lines
          .filter((line) => line.includes("(flat, cum)"))
          .map((line) => line.replace("(flat, cum) ", "").replace(" of Total", "").trim().split(/\s+/).join(" ")),
      ].map((side) => side.map((line) => line.replaceAll(/(^| )-(?=[\d.]+%)/g, "$1"))) as never;
    },
  },
  {
    name: "Tags",
    async both(answer, profile, query, tool) {
      const value = await answer.tags(query);
      const share = (of: number): string => (value.total > 0 ? ` (${unsigned(tagCells(of, value)[1])})` : "");
      return [
        value.keys.flatMap(({ key, total, values }) => [
          `${key}: Total ${tagCells(total, value)[0]} of ${valueText(value.total, value)}${share(total)}`,
          ...values.map((one) => `${tagCells(one.value, value)[0]}${share(one.value)}: ${one.name}`),
        ]),
        printed(profile, "tags", tool)
          .filter((line) => line !== "")
          .map((line) => line.trim().replaceAll(/\( +/g, "(").replaceAll(/ +/g, " ")),
      ];
    },
  },
  {
    name: "Graph",
    async both(answer, profile, query, tool) {
      const value = await answer.graph(query);
      const lines = printed(profile, "dot", tool);
      const text = (of: number): string => valueText(of, value);
      const share = (of: number): string => unsigned(shareText(of, value));
      return [
        [
          ...value.nodes.map(({ flat, cum }) =>
            [
              flat === 0 ? "0" : `${text(flat)} (${share(flat)})`,
              ...(cum === flat ? [] : [`of ${text(cum)} (${share(cum)})`]),
            ].join(" "),
          ),
          ...value.edges.map(({ weight }) => text(weight)).sort(),
        ],
        [
          ...lines.flatMap((line) => {
            const label = /^N\d+ \[label="(.*?)" id="node/.exec(line)?.[1];
            return label === undefined
              ? []
              : [/((?:0|-?[\d.]+\w* \([^)]*\))(?:(?: |\\n)of .*)?)$/.exec(label)![1]!.replace("\\n", " ")];
          }),
          ...lines.flatMap((line) => /^N\d+ -> N\d+ \[label=" ([^\\"]*)/.exec(line)?.[1] ?? []).sort(),
        ],
      ];
    },
  },
  {
    name: "Flame graph",
    async both(answer, profile, query, tool) {
      const value = await answer.flame(query);
      const { tree } = value;
      const svg = printed(profile, "flame", { ...tool, mean: false }).join("\n");
      const titles = [...svg.matchAll(/<title>(.*?): (\S+) \((\S+)\)<\/title>/g)];
      const isWhole = !svg.includes("boxes narrower");
      return isWhole
        ? [
            Array.from(tree.total, (total) =>
              [valueText(total, value), unsigned(shareText(total, value))].join(" "),
            ).sort(),
            titles.map(([, , number, share]) => `${number} ${share}`).sort(),
          ]
        : [[], []];
    },
  },
  {
    name: "in all, of the flame graph",
    async both(answer, profile, query, tool) {
      // Frames of other granularities are named in other words.
      const { g: _, noinlines: __, mean: ___, ...plain } = query;
      const sums = { ...tool, granularity: "filefunctions" as const, noinlines: false, mean: false };
      const value = await answer.flame(plain);
      const lines = printed(profile, "top", { ...sums, trim: false });
      const rows = lines.slice(lines.findIndex((line) => /flat%/.test(line)) + 1, -1);
      const { frames } = value;
      const numbers = (self: number, total: number): string =>
        [valueText(self, value), shareText(self, value), valueText(total, value), shareText(total, value)]
          .map((cell, i) => (i % 2 === 1 ? unsigned(cell) : cell))
          .join(" ");
      // A function that is inlined here and called there is two frames, both of which say what it is in all.
      const named = new Map(
        Array.from(frames.name, (name, frame) => [`${name} ${frames.file[frame]}`, frame] as const),
      );
      const shown = Array.from(named.values(), (frame) => numbers(frames.self[frame]!, frames.total![frame]!));
      return [
        shown.filter((line) => line !== "0 0% 0 0%").sort(),
        rows
          .map((line) => line.trim().split(/\s+/))
          .map(([flat, flatShare, , cum, cumShare]) => [flat, flatShare, cum, cumShare].join(" "))
          .filter((line) => line !== "0 0% 0 0%")
          .sort(),
      ];
    },
  },
  {
    name: "Raw",
    async both(answer, profile, query, tool) {
      const shown: string[] = [];
      const lines: string[] = [];
      for (const output of ["traces", "tree", "text", "tags"]) {
        shown.push(...(await answer.text({ output, query })).text.split("\n"));
        // It is the tool's own text, in the tool's unit.
        lines.push(...printed(profile, output, withQuery(query, defaultOptions)));
      }
      void tool;
      return [shown, lines];
    },
  },
];

test.each(PAGES)("$name shows the numbers that the tool prints", async ({ both }) => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(profiles, options, async (profile, set) => {
      fc.pre(profile.samples.length > 0);
      const { query, tool } = addressOf(set);
      const answer = answers();
      await answer.open({ name: "p", bytes: encode(profile).slice().buffer as ArrayBuffer });
      const [shown, lines] = await both(answer, profile, query, tool);
      expect(shown).toEqual(lines);
      compared += lines.length;
    }),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(10);
});

test("what values are divided by, and lines of sources, are as the tool has them", () => {
  const values: Values & Pick<Reported, "type"> = {
    type: "cpu",
    unit: "nanoseconds",
    shownUnit: "auto",
    divideBy: 7,
    total: 900,
  };
  const format = formatIn({ options: { divide_by: 7 }, sampleType: { unit: "nanoseconds" } }, "auto");
  fc.assert(
    fc.property(fc.integer(), (value) => {
      expect(valueText(value, values)).toBe(format(value));
      expect(unsigned(shareText(value, values))).toBe(percentage(value, 900).trim());
      expect(lineCells({ flat: value, cum: 0 }, values)).toEqual([value === 0 ? "" : format(value), ""]);
    }),
  );
});
