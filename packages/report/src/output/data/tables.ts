import type { Analysis } from "../../analyze.ts";
import { percentage } from "../../go/units.ts";
import type { World } from "../../world/world.ts";
import { disassemblies } from "../text/disasm.ts";
import { listings } from "../text/list.ts";
import { labelTotals } from "../text/tags.ts";
import { top } from "../text/top.ts";
import { traces } from "../text/traces.ts";
import { type Call, tree } from "../text/tree.ts";
import type { Table } from "./csv.ts";

function shareOf({ total }: Analysis): (value: number) => string {
  return (value) => percentage(value, Number(total)).trim();
}

export function topTable(analysis: Analysis, world: World): Table {
  const share = shareOf(analysis);
  return {
    columns: ["name", "inline", "flat", "flat%", "sum%", "cum", "cum%"],
    rows: top(analysis, world).rows.map(({ name, inline, flat, sum, cum }) => {
      return [name, inline, flat, share(flat), share(sum), cum, share(cum)];
    }),
  };
}

/** A row for each node and for each of its calls, which `of` ties to the node. */
export function treeTable(analysis: Analysis, world: World): Table {
  return {
    columns: ["of", "is", "name", "flat", "cum", "weight", "inline"],
    rows: tree(analysis, world).rows.flatMap(({ name, flat, cum, callers, callees }) => {
      const call =
        (is: string) =>
        (call: Call): (string | number | boolean)[] => [name, is, call.name, "", "", call.weight, call.inline];
      return [...callers.map(call("caller")), [name, "node", name, flat, cum, "", ""], ...callees.map(call("callee"))];
    }),
  };
}

export function tagTable(analysis: Analysis): Table {
  const share = shareOf(analysis);
  return {
    columns: ["key", "value", "total", "total%"],
    rows: labelTotals(analysis).flatMap(({ key, values }) =>
      values.map(({ name, value }) => [key, name, value, share(Number(value))]),
    ),
  };
}

export function listTable(analysis: Analysis, world: World): Table {
  return {
    columns: ["function", "file", "line", "flat", "cum", "source"],
    rows: listings(analysis, world).flatMap((listing) =>
      listing.lines.map(({ number, text, flat, cum }) => [listing.function, listing.file, number, flat, cum, text]),
    ),
  };
}

export function disasmTable(analysis: Analysis, world: World): Table {
  return {
    columns: ["symbol", "address", "flat", "cum", "instruction", "function", "file", "line"],
    rows: disassemblies(analysis, world).flatMap(({ names, instructions }) =>
      instructions.map(({ address, flat, cum, text, function: name, file, line }) => {
        return [names[0] ?? "", `0x${address.toString(16)}`, flat, cum, text, name, file, line];
      }),
    ),
  };
}

/** A row for each frame of each sample, the innermost first. */
export function traceTable(analysis: Analysis): Table {
  function* rows(): Iterable<(string | number | boolean)[]> {
    let sample = 0;
    for (const { value, stack } of traces(analysis)) {
      sample++;
      for (const [depth, { name, inline }] of stack.entries()) yield [sample, value, depth, name, inline];
    }
  }
  return { columns: ["sample", "value", "depth", "name", "inline"], rows: rows() };
}
