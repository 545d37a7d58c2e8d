import { BASE_LABEL, type Profile, TIMESTAMP_LABEL } from "@pprof-ts/profile";
import type { Summary } from "../../session/protocol.ts";
import { heapAlone } from "./process-memory.ts";
import type { Sides } from "./sides.ts";
import { openingType, typeTotals } from "./type-totals.ts";

/** What a profile says of itself, and what is compared. */
export function summaryOf(profile: Profile, { old, fresh }: Sides, bytes: number, odd: readonly string[]): Summary {
  const labels = labelKeys(profile);
  const totals = typeTotals(profile);
  const beside = heapAlone(profile)?.leftOut;
  return {
    sampleTypes: profile.sampleTypes.map((type, i) => ({ ...type, total: totals[i]!, besideHeap: beside?.[i] ?? 0 })),
    defaultType: openingType(profile, totals),
    samples: profile.samples.length,
    bytes,
    odd,
    hasCode: hasCode(profile),
    hasTime: labels.includes(TIMESTAMP_LABEL),
    labels: labels.filter((key) => key !== TIMESTAMP_LABEL && key !== BASE_LABEL).sort(),
    old: old.map(({ name }) => name),
    fresh: fresh.map(({ name }) => name),
  };
}

function labelKeys({ samples, strings }: Profile): readonly string[] {
  const isKey = new Uint8Array(strings.length);
  for (const key of samples.labels.key) isKey[key] = 1;
  return [...isKey.keys()].filter((row) => isKey[row] === 1).map((row) => strings.get(row));
}

/** JavaScript has no addresses: those in its profiles are made up. */
const SCRIPT = /\.[cm]?[jt]sx?$/;

function hasCode({ locations, mappings, strings }: Profile): boolean {
  if (mappings.filename.some((row) => SCRIPT.test(strings.get(row)))) return false;
  return locations.address.some((address, row) => address > 0n && mappings.filename[locations.mapping[row]!]! > 0);
}
