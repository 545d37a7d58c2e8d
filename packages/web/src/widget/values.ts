import { percentage, scaledLabel } from "@pprof-ts/report";

/** How values are written: their unit, the unit to write them in, and what percentages are of. */
export interface Values {
  readonly unit: string;
  readonly shownUnit: string;
  readonly total: number;
}

export function valueText(value: number, { unit, shownUnit }: Values): string {
  return scaledLabel(value, unit, shownUnit);
}

export function shareText(value: number, { total }: Pick<Values, "total">): string {
  return `${value < 0 ? "-" : ""}${percentage(value, total).trim()}`;
}
