import type { Call, TopRow, TreeRow } from "@pprof-ts/report";
import { shareText, type Values, valueText } from "../../widget/values.ts";

// What pages write of a row, which is what the tool writes of it.

/** Flat, its share, the share of all rows down to this one; cum and its share. */
export function topCells(
  { flat, sum, cum }: TopRow,
  values: Values,
): readonly [string, string, string, string, string] {
  return [
    valueText(flat, values),
    shareText(flat, values),
    shareText(sum, values),
    valueText(cum, values),
    shareText(cum, values),
  ];
}

/** Cum and its share, flat and its share. */
export function treeCells({ flat, cum }: TreeRow, values: Values): readonly [string, string, string, string] {
  return [valueText(cum, values), shareText(cum, values), valueText(flat, values), shareText(flat, values)];
}

/** What a call is worth, and which part of the function that it leads to or from. */
export function callCells({ weight }: Call, of: TreeRow, values: Values): readonly [string, string] {
  return [valueText(weight, values), shareText(weight, { total: of.cum })];
}

/** What samples with a label are worth, and which part of all. */
export function tagCells(value: number, values: Values): readonly [string, string] {
  return [valueText(value, values), shareText(value, values)];
}

/** What a line or an instruction is worth; nothing where it is nothing. */
export function lineCells(
  line: { readonly flat: number; readonly cum: number },
  values: Values,
): readonly [string, string] {
  return [line.flat === 0 ? "" : valueText(line.flat, values), line.cum === 0 ? "" : valueText(line.cum, values)];
}

/** Flat, cum and its share. */
export function listingCells(
  listing: { readonly flat: number; readonly cum: number },
  values: Values,
): readonly [string, string, string] {
  return [valueText(listing.flat, values), valueText(listing.cum, values), shareText(listing.cum, values)];
}
