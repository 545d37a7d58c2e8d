import type { Block, FunctionSums } from "../segment/block.ts";
import { functionIndex, functionSums } from "../segment/function-sums.ts";
import { checkTop, topRows } from "../store/query.ts";
import { columnOf } from "../store/sample-types.ts";
import type { Top, TopQuery, TopRow } from "../store/store.ts";
import { valueKind } from "../store/value-kind.ts";
import { isDamage, type Kept, keptSlots, visitKept } from "./kept.ts";
import { firstUnit } from "./timeline-blocks.ts";

/** What a service has, function by function. */
interface ServiceSums {
  profiles: number;
  total: number;
  readonly functions: Map<string, { flat: number; cum: number }>;
}

/** Answers `Store.top` from blocks: of those that are asked for whole, without reading a sample. */
export function topBlocks(blocks: readonly Block[], query: TopQuery): Top {
  checkTop(query);
  const kept: Kept[] = [];
  const missing = [...visitKept(blocks, query, (one) => kept.push(one))];
  const unit = firstUnit(kept, query.sampleType);
  const services = new Map<string, ServiceSums>();
  for (const one of kept) missing.push(...addKept(services, one, query, unit));
  const isState = valueKind(query.name, { type: query.sampleType, unit }) === "state";
  const rows: TopRow[] = [];
  const totals = new Map<string, number>();
  for (const [service, { profiles, total, functions }] of services) {
    const share = isState ? profiles : 1;
    totals.set(service, total / share);
    for (const [name, { flat, cum }] of functions) {
      rows.push({ service, function: name, flat: flat / share, cum: cum / share });
    }
  }
  return { unit, rows: topRows(rows, query), totals, missing };
}

/** Adds what a block has; gives back what is missing of it. */
function addKept(services: Map<string, ServiceSums>, kept: Kept, query: TopQuery, unit: string): string[] {
  const { block } = kept;
  const missing: string[] = [];
  block.shapes.forEach((shape, at) => {
    const column = columnOf(shape, { type: query.sampleType, unit });
    if (shape.name !== query.name || column < 0) return;
    const { slots, count } = keptSlots(kept, at);
    if (count === 0) return;
    let sums: FunctionSums;
    try {
      sums =
        slots === undefined
          ? block.functionSums(at)
          : functionSums(functionIndex(block.symbols()), block.sums(at, slots));
    } catch (error) {
      if (!isDamage(error)) throw error;
      missing.push(`${block.service}: ${error.message}`);
      return;
    }
    const own = services.get(block.service) ?? { profiles: 0, total: 0, functions: new Map() };
    services.set(block.service, own);
    own.profiles += count;
    own.total += sums.totals[column]!;
    const flat = sums.flat[column]!;
    const cum = sums.cum[column]!;
    sums.names.forEach((name, i) => {
      if (flat[i] === 0 && cum[i] === 0) return;
      const known = own.functions.get(name);
      if (known === undefined) own.functions.set(name, { flat: flat[i]!, cum: cum[i]! });
      else {
        known.flat += flat[i]!;
        known.cum += cum[i]!;
      }
    });
  });
  return missing;
}
