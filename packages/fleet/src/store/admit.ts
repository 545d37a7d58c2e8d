import { gunzipSync } from "node:zlib";
import { decode, isGzip, type Profile, ProfileError } from "@pprof-ts/profile";
import { isLabelName, type Labels, SERVICE_LABEL, sortedLabels } from "./labels.ts";
import type { Limits } from "./limits.ts";
import type { Arrival, Failure } from "./store.ts";
import { profileName } from "./value-kind.ts";
import { withinLimits } from "./within-limits.ts";

/** An arrival that may be kept: what is beyond the limits is cut, and said. */
export interface Admitted {
  readonly labels: Labels;
  readonly name: string;
  readonly profile: Profile;
  readonly cut: readonly string[];
}

/** Values beyond that, in either direction, are refused: sums of those within are exact. */
const LARGEST_VALUE = 1n << 52n;

/** Reads an arrival under limits. A string is why it is refused, in a sentence. */
export function admit(arrival: Arrival, limits: Limits, nowMillis: number): Admitted | string {
  const wrong = refusal(arrival, limits, nowMillis);
  if (wrong !== undefined) return wrong;
  let decoded: Profile;
  try {
    decoded = decode(unpacked(arrival.profile, limits));
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    return `invalid gzip stream: ${error instanceof Error ? error.message : error}`;
  }
  if (decoded.sampleTypes.length === 0) return "the profile has no sample types";
  const names = decoded.sampleTypes.map(({ type, unit }) => `${type}/${unit}`);
  if (new Set(names).size < names.length) return `the profile has a sample type twice: ${names.join(", ")}`;
  if (decoded.samples.values.some(hasTooLarge)) return `the profile has a value beyond ${LARGEST_VALUE}`;
  const { profile, cut } = withinLimits(decoded, limits);
  return { labels: sortedLabels(arrival.labels), name: arrival.name ?? profileName(profile), profile, cut };
}

/** What is wrong with the labels, the name or the time of an arrival or a failure. */
export function refusal(
  { labels, name, receivedMillis, ...rest }: Arrival | Failure,
  limits: Limits,
  nowMillis: number,
): string | undefined {
  if ((labels.get(SERVICE_LABEL) ?? "") === "") return `it has no label ${SERVICE_LABEL}`;
  if (labels.size > limits.labels) return `${labels.size} labels are more than ${limits.labels}`;
  for (const [label, value] of labels) {
    if (!isLabelName(label)) return `${JSON.stringify(label.slice(0, 100))} is no name of a label`;
    const size = Buffer.byteLength(value);
    if (size > limits.labelBytes) return `the label ${label} has ${size} bytes, more than ${limits.labelBytes}`;
    if (/\p{Surrogate}/u.test(value)) return `the label ${label} is no valid text`;
  }
  if (name !== undefined && !isLabelName(name)) return `${JSON.stringify(name.slice(0, 100))} is no name of a profile`;
  if (!(receivedMillis >= 0 && receivedMillis <= nowMillis + limits.aheadMillis)) {
    return `the time of arrival ${receivedMillis} is no time, or more than ${limits.aheadMillis} ms ahead`;
  }
  if ("profile" in rest && rest.profile.length > limits.profileBytes) {
    return `${rest.profile.length} bytes are more than ${limits.profileBytes}`;
  }
  return undefined;
}

function unpacked(bytes: Uint8Array, { unpackedBytes }: Limits): Uint8Array {
  return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: unpackedBytes }) : bytes;
}

function hasTooLarge(column: BigInt64Array): boolean {
  // By their upper halves, which a loop over BigInts would take ten times as long for.
  const words = new Int32Array(column.buffer, column.byteOffset, 2 * column.length);
  for (let i = 1; i < words.length; i += 2) if (words[i]! >= 1 << 20 || words[i]! < -(1 << 20)) return true;
  return false;
}
