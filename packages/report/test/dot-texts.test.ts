import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultOptions, drawableDot, report, wholeBody } from "../src/index.ts";
import { dotStatements } from "./dot-statements.ts";
import { hostileProfile, hostileTexts } from "./hostile.ts";

/** All that we say of anything in a graph, by what it is of. */
const OURS = [
  [/^node$/, "style fillcolor"],
  [/^N\d+$/, "label id fontsize shape tooltip color fillcolor"],
  [/^N+\d+(?:_\d+)+$/, "label id fontsize shape tooltip"],
  [/ -> /, "label weight penwidth color tooltip labeltooltip style minlen"],
  [/^"/, "shape fontsize label tooltip"],
] as const;

test("a graph says of its boxes and lines what we say, whatever the profile's texts are", () => {
  fc.assert(
    fc.property(hostileTexts, fc.constantFrom("minimum", 'x"\\'), (texts, unit) => {
      const options = { ...defaultOptions, nodefraction: 0, edgefraction: 0, unit };
      const dot = String(wholeBody(report(hostileProfile(texts), "dot", options).body));
      for (const text of [dot, drawableDot(dot)]) {
        const { statements } = dotStatements(text);
        const others = statements.flatMap(({ of, attributes }) => {
          const names = OURS.find(([kind]) => kind.test(of))?.[1].split(" ") ?? [];
          return [...attributes.keys()].filter((name) => !names.includes(name));
        });
        expect(others).toEqual([]);
        // A box and its line for each of at most four tags and four numbers, three functions, the legend.
        expect(statements.length).toBeLessThan(100);
      }
    }),
    { numRuns: 100 },
  );
});
