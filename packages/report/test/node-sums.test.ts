import type { Profile } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Analysis, analyze, graphInput } from "../src/analyze.ts";
import { exactColumn, type Int64Column, magnitudes, sumOf, truncateToInt64, wrapAbs } from "../src/go/int64.ts";
import { CALLEES, CALLERS } from "../src/graph/edge-rows.ts";
import { walkOf } from "../src/graph/graph.ts";
import { type Edges, sumEdges, sumNodes } from "../src/graph/node-sums.ts";
import { trimmedGraph } from "../src/graph/trim.ts";
import type { Walk } from "../src/graph/walk.ts";
import { defaultOptions, type Options } from "../src/options.ts";
import { ProfileIndex } from "../src/profile-index.ts";
import { report } from "../src/report.ts";
import { materialize } from "../src/stack/materialize.ts";
import { options, profiles, unsignedProfiles } from "./drawn.ts";
import { stacks } from "./stacks.ts";

/** Stack by stack, and along their paths. */
function bothWays(profile: Profile, asked: Partial<Options>): Analysis[] {
  return [profile, new ProfileIndex(profile)].map((of) => analyze(of, { ...defaultOptions, ...asked }));
}

/** The edges by the nodes that they join: all that is known of each. */
function known(edges: Edges): Map<string, unknown> {
  const rows = Array.from({ length: edges.length }, (_, edge) => edge);
  return new Map(
    rows.map((edge) => [
      `${edges.src[edge]} ${edges.dst[edge]}`,
      [edges.weight.numbers[edge], edges.residual[edge], edges.inline[edge]],
    ]),
  );
}

/** A walk over an analysis' nodes, every third of which is removed. */
function walkWithGaps(analysis: Analysis): Walk {
  const { stacks, frames } = graphInput(analysis);
  return walkOf(
    stacks,
    frames,
    Uint8Array.from({ length: frames.table.length }, (_, node) => Number(node % 3 !== 2)),
  );
}

/** Each sample's nodes, outermost first: -1 for one that is removed. */
function nodesOf({ stacks: { selection, samples }, nodeOf }: Walk): number[][] {
  const { profile, stackStart, stackEnd, frames } = selection;
  return Array.from(samples, (sample) => {
    const nodes: number[] = [];
    for (let at = stackEnd[sample]! - 1; at >= stackStart[sample]!; at--) {
      const location = profile.samples.locations[at]!;
      for (let frame = frames.start[location + 1]! - 1; frame >= frames.start[location]!; frame--) {
        nodes.push(nodeOf[frame]!);
      }
    }
    return nodes;
  });
}

describe("sums over stacks", () => {
  test("are those of the samples one by one", () => {
    fc.assert(
      fc.property(profiles, options, (profile, asked) => {
        for (const analysis of bothWays(profile, asked)) {
          const walk = walkWithGaps(analysis);
          const { values } = analysis.values;
          const [flat, cum] = [new Float64Array(walk.nodeCount), new Float64Array(walk.nodeCount)];
          nodesOf(walk).forEach((nodes, i) => {
            const value = values.numbers[walk.stacks.samples[i]!]!;
            const leaf = nodes.at(-1) ?? -1;
            if (leaf >= 0) flat[leaf]! += value;
            for (const node of new Set(nodes)) if (node >= 0) cum[node]! += value;
          });
          const sums = sumNodes(walk, values);
          expect([sums.flat.numbers, sums.cum.numbers]).toEqual([flat, cum]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of edges count each call once a stack, and know those that go past what is removed", () => {
    // A node in each part, and a call at a time.
    const calls = fc.constantFrom(1, 5, 1 << 20);
    const room = fc.record({ callers: fc.constantFrom(1, 2, 512), calls, fewCalls: calls });
    fc.assert(
      fc.property(profiles, options, room, (profile, asked, room) => {
        const [analysis, indexed] = bothWays(profile, asked) as [Analysis, Analysis];
        const walk = walkWithGaps(analysis);
        const expected = new Map<string, number>();
        const residual = new Set<string>();
        nodesOf(walk).forEach((nodes, i) => {
          const calls = new Set<string>();
          let caller = -1;
          let isPast = false;
          for (const node of nodes) {
            if (node < 0) isPast = true;
            else {
              const call = `${caller} ${node}`;
              if (caller >= 0 && caller !== node && !calls.has(call)) {
                calls.add(call);
                if (isPast) residual.add(call);
              }
              caller = node;
              isPast = false;
            }
          }
          const value = analysis.values.values.numbers[walk.stacks.samples[i]!]!;
          for (const call of calls) expected.set(call, (expected.get(call) ?? 0) + value);
        });
        const edges = sumEdges(walk, analysis.values.values, undefined, undefined, room);
        const names = Array.from({ length: edges.length }, (_, edge) => `${edges.src[edge]} ${edges.dst[edge]}`);
        expect(new Map(names.map((name, edge) => [name, edges.weight.numbers[edge]!]))).toEqual(expected);
        expect(new Set(names.filter((_, edge) => edges.residual[edge] === 1))).toEqual(residual);
        expect(known(sumEdges(walkWithGaps(indexed), indexed.values.values, undefined))).toEqual(known(edges));
      }),
      { numRuns: 150 },
    );
  });

  test("of edges that are asked for are those among all", () => {
    const asks = fc.array(fc.constantFrom(0, 0, CALLERS, CALLEES, CALLERS | CALLEES), { minLength: 8 });
    fc.assert(
      fc.property(profiles, options, asks, (profile, asked, drawn) => {
        const analysis = analyze(profile, { ...defaultOptions, ...asked });
        const walk = walkWithGaps(analysis);
        const wanted = Uint8Array.from({ length: walk.nodeCount }, (_, node) => drawn[node % drawn.length]!);
        const { values } = analysis.values;
        const all = [...known(sumEdges(walk, values, undefined))].filter(([ends]) => {
          const [src = 0, dst = 0] = ends.split(" ").map(Number);
          return (wanted[src]! & CALLEES) !== 0 || (wanted[dst]! & CALLERS) !== 0;
        });
        expect([...known(sumEdges(walk, values, undefined, wanted))]).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  test("know which nodes calls are inlined into, where few edges are made as where all are", () => {
    const fractions = fc.constantFrom(0, 0.05, 0.2, 0.5);
    fc.assert(
      fc.property(fc.oneof(profiles, unsignedProfiles), options, fractions, (profile, asked, edgefraction) => {
        for (const analysis of bothWays(profile, { ...asked, edgefraction, nodefraction: edgefraction / 2 })) {
          const [few, all] = (["inlined", "all"] as const).map((edges) => {
            const graph = trimmedGraph(graphInput(analysis), { edges, visual: false, tree: false });
            const { edges: known } = graph.links;
            return Array.from(graph.shown, (node) => {
              const calls = graph.links.into(node).map((edge) => known.inline[edge]!);
              return calls.includes(1) ? [node, calls.includes(0)] : [node];
            });
          });
          expect(few).toEqual(all);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("of thousands of nodes are those along the paths", () => {
    const frame = fc.integer({ min: 0, max: 2999 }).map((fn) => `f${fn}${fn % 3 === 0 ? `,g${fn}` : ""}`);
    const drawn = fc.array(fc.array(frame, { minLength: 1, maxLength: 40 }), { minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(drawn, (all) => {
        // Each stack comes twice.
        const profile = stacks([...all, ...all].map((stack, i) => `${stack.join(";")} ${1 + (i % 5)}`).join("\n"));
        const [plain, indexed] = bothWays(profile, {}).map((analysis) => {
          const { stacks: counted, frames } = graphInput(analysis);
          const walk = walkOf(counted, frames);
          const { values } = analysis.values;
          return { sums: sumNodes(walk, values), edges: known(sumEdges(walk, values, undefined)) };
        });
        expect(plain!.edges.size).toBeGreaterThan(1024);
        expect(plain).toEqual(indexed);
      }),
      { numRuns: 5 },
    );
  });

  test("are exact to the bit where doubles are not, and wrap as int64", () => {
    const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
    fc.assert(
      fc.property(profiles, fc.array(int64, { minLength: 40, maxLength: 40 }), (profile, drawn) => {
        const exact = BigInt64Array.from({ length: profile.samples.length }, (_, sample) => drawn[sample]!);
        for (const analysis of bothWays(profile, {})) {
          const walk = walkWithGaps(analysis);
          const cum = new BigInt64Array(walk.nodeCount);
          nodesOf(walk).forEach((nodes, i) => {
            for (const node of new Set(nodes)) if (node >= 0) cum[node]! += exact[walk.stacks.samples[i]!]!;
          });
          expect(sumNodes(walk, exactColumn(exact)).cum.exact).toEqual(cum);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("int64 columns", () => {
  const column = (...values: bigint[]): Int64Column => exactColumn(BigInt64Array.from(values));

  test("order by size, the lowest of all as Go's -x leaves it", () => {
    const sizes = magnitudes(column(5n, -6n, -5n, -(2n ** 63n)));
    expect(sizes[0]).toBe(sizes[2]);
    expect(sizes[1]).toBeGreaterThan(sizes[0]!);
    expect(sizes[3]).toBeLessThan(sizes[0]!);
    expect(wrapAbs(-(2n ** 63n))).toBe(-(2n ** 63n));
  });

  test("add to an int64, and cut what is none", () => {
    expect(sumOf(column(2n ** 62n, 2n ** 62n, 1n), [0, 1, 2])).toBe(-(2n ** 63n) + 1n);
    expect([1.9, -1.9, 2 ** 70, Number.NaN].map(truncateToInt64)).toEqual([1n, -1n, -(2n ** 63n), -(2n ** 63n)]);
  });
});

test("a profile of what filters leave reports what the filters do", () => {
  fc.assert(
    fc.property(profiles, options, (profile, asked) => {
      const { relative_percentages: _, tagroot: _roots, tagleaf: _leaves, ...filters } = asked;
      const wanted = { ...defaultOptions, ...filters, relative_percentages: true, mean: false };
      const { selection } = analyze(profile, wanted);
      const left = materialize(selection);
      const { sample_index, granularity, noinlines } = wanted;
      const bare = { ...defaultOptions, relative_percentages: true, sample_index, granularity, noinlines };
      for (const output of ["top", "tags"]) {
        const rows = (body: unknown): string[] =>
          String(body)
            .split("\n")
            .filter((line) => !line.startsWith("Active filters") && !/^ {3}[a-z_]+=/.test(line));
        expect(rows(report(left, output, bare).body)).toEqual(rows(report(profile, output, wanted).body));
      }
    }),
    { numRuns: 40 },
  );
});
