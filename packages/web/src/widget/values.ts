import { formatIn, percentage } from "@pprof-ts/report";

/** How values are written: their unit, the unit to write them in, what divides them, and what percentages are of. */
export interface Values {
  readonly unit: string;
  readonly shownUnit: string;
  readonly divideBy: number;
  readonly total: number;
}

export function valueText(value: number, { unit, shownUnit, divideBy }: Values): string {
  return formatIn({ options: { divide_by: divideBy }, sampleType: { unit } }, shownUnit)(value);
}

export function shareText(value: number, { total }: Pick<Values, "total">): string {
  return `${value < 0 ? "-" : ""}${percentage(value, total).trim()}`;
}
