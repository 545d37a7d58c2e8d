import type { ValueType } from "@pprof-ts/profile";
import { scale, scaledLabel } from "@pprof-ts/report";

/** What came in a range, as text: processor time as processors that are busy, all else in its own unit; `-` where nothing came. */
export function costText(
  amount: number | null | undefined,
  type: ValueType | null | undefined,
  rangeMillis: number,
): string {
  if (amount === null || amount === undefined || Number.isNaN(amount)) return "-";
  const unit = type?.unit ?? "";
  if (type?.type === "cpu") return `${((1000 * scale(amount, unit, "seconds").value) / rangeMillis).toFixed(3)} cores`;
  return scaledLabel(amount, unit, "auto");
}

/** By how much of what was before something grew; `-` where there was nothing. */
export function changeText(before: number | null | undefined, now: number | null | undefined): string {
  if (!before || now === null || now === undefined) return "-";
  const percent = (100 * (now - before)) / before;
  return `${percent < 0 ? "" : "+"}${percent.toFixed(1)}%`;
}
