import { gunzipSync } from "node:zlib";
import { decode, isGzip, type Profile, ProfileError } from "@pprof-ts/profile";
import { isLabelName, type Labels, SERVICE_LABEL, sortedLabels } from "./labels.ts";
import type { Limits } from "./limits.ts";
import { withOrderedLabels } from "./ordered-labels.ts";
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
  const types = decoded.sampleTypes.length;
  if (types === 0) return "the profile has no sample types";
  if (types > limits.sampleTypes) return `${types} sample types are more than ${limits.sampleTypes}`;
  const names = decoded.sampleTypes.map(({ type, unit }) => `${type}/${unit}`);
  if (new Set(names).size < names.length) return `the profile has a sample type twice: ${names.join(", ")}`;
  const longest = limits.labelBytes;
  if (names.some((name) => name.length > longest)) return `the profile has a sample type longer than ${longest} bytes`;
  const { type = "", unit = "" } = decoded.periodType ?? {};
  const named = type === "" && unit === "" ? { ...decoded, periodType: undefined } : decoded;
  const { profile, cut } = withinLimits(withOrderedLabels(named), limits);
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
  const latest = nowMillis + limits.aheadMillis;
  if (!(Number.isInteger(receivedMillis) && receivedMillis >= 0 && receivedMillis <= latest)) {
    return `the time of arrival ${receivedMillis} is no whole number of milliseconds, or more than ${limits.aheadMillis} ms ahead`;
  }
  if ("profile" in rest && rest.profile.length > limits.profileBytes) {
    return `${rest.profile.length} bytes are more than ${limits.profileBytes}`;
  }
  return undefined;
}

function unpacked(bytes: Uint8Array, { unpackedBytes }: Limits): Uint8Array {
  const { buffer, byteOffset, length } = isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: unpackedBytes }) : bytes;
  return new Uint8Array(buffer, byteOffset, length);
}
