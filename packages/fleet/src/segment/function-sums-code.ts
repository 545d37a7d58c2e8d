import { VarintReader, VarintWriter } from "../columns/varints.ts";
import type { FunctionSums } from "./block.ts";

/** As bytes: the numbers, and behind them the names. */
export function encodeFunctionSums({ names, flat, cum, totals }: FunctionSums): Uint8Array {
  const texts = Buffer.from(JSON.stringify(names));
  const w = new VarintWriter();
  w.uint(texts.length);
  w.uint(names.length);
  w.uint(totals.length);
  for (const total of totals) w.int(total);
  for (const column of [...flat, ...cum]) for (const value of column) w.int(value);
  return Buffer.concat([w.finish(), texts]);
}

export function decodeFunctionSums(bytes: Uint8Array): FunctionSums {
  const r = new VarintReader(bytes);
  const textBytes = r.uint();
  const length = r.uint();
  const columns = r.uint();
  const totals = Array.from({ length: columns }, () => r.int());
  const read = (): Float64Array[] => Array.from({ length: columns }, () => new Float64Array(length).map(() => r.int()));
  const flat = read();
  const cum = read();
  const names = JSON.parse(Buffer.from(bytes.subarray(bytes.length - textBytes)).toString());
  return { names, flat, cum, totals };
}
