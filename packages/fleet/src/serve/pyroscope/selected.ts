import { filterSamples, type Profile } from "@pprof-ts/profile";
import { type FlameLevels, flameLevels } from "../../ask/flame-levels.ts";
import { parseProfileType } from "../../ask/profile-type.ts";
import { parseSelector } from "../../ask/selector.ts";
import { checkedRange } from "../../ask/time.ts";
import { FleetError } from "../../error.ts";
import { columnOf } from "../../store/sample-types.ts";
import type { Matcher } from "../../store/selector.ts";
import type { Missing, ProfileQuery, Store, TimeRange } from "../../store/store.ts";
import type { StackTraceSelector } from "./requests.ts";

const DAY = 86_400_000;

/** When a request means: without an end until now, without a beginning a day before. Milliseconds. */
export function rangeOf({ start, end }: { readonly start: number; readonly end: number }, now: number): TimeRange {
  const to = Number(end) || now;
  return checkedRange(Number(start) || to - DAY, to);
}

/** All that several selectors ask for, and the type that one may have in front. */
export function matchersOf(texts: readonly string[]): { readonly type: string; readonly matchers: Matcher[] } {
  const parsed = texts.map(parseSelector);
  return {
    type: parsed.find(({ name }) => name !== "")?.name ?? "",
    matchers: parsed.flatMap(({ matchers }) => matchers),
  };
}

/** What requests for profiles have. */
export interface Selected {
  readonly profileTypeID: string;
  readonly labelSelector: string;
  readonly start: number;
  readonly end: number;
  readonly stackTraceSelector?: StackTraceSelector;
  readonly profileIdSelector?: readonly string[];
}

/** The profiles that a request asks for, and which value of them. */
export interface SelectedProfiles extends ProfileQuery {
  readonly sampleType: string;
  readonly sampleUnit: string;
}

/** Asked for by a later Pyroscope, and not to be left out without a word. */
export class Unsupported extends FleetError {}

export function selectedProfiles(request: Selected, tenant: string, now: number): SelectedProfiles {
  const { stackTraceSelector: stacks, profileIdSelector: ids = [] } = request;
  if (ids.length > 0) throw new Unsupported("profile_id_selector is not supported: profiles are not kept one by one");
  if (stacks !== undefined && (stacks.callSite.length > 0 || stacks.goPgo !== undefined))
    throw new Unsupported("stack_trace_selector is not supported: pprof -focus selects stacks of a merged profile");
  const { name, sampleType } = parseProfileType(request.profileTypeID);
  const { matchers } = matchersOf([request.labelSelector]);
  const selector = { tenant, matchers };
  const range = rangeOf(request, now);
  return { selector, name, range, sampleType: sampleType.type, sampleUnit: sampleType.unit };
}

/** A merged profile and which of its values is asked for; undefined where there is none. */
export interface SelectedProfile {
  readonly profile: Profile;
  readonly sampleIndex: number;
}

export async function mergeSelected(
  store: Store,
  selected: SelectedProfiles,
): Promise<{ readonly side: SelectedProfile | undefined; readonly missing: Missing }> {
  const { profile, missing } = await store.merge(selected);
  if (profile === undefined) return { side: undefined, missing };
  const sampleIndex = columnOf(profile, { type: selected.sampleType, unit: selected.sampleUnit });
  return { side: sampleIndex < 0 ? undefined : { profile, sampleIndex }, missing };
}

/** The flame graphs of two selections as one; a side for which there is nothing is empty. */
export function diffLevels(
  left: SelectedProfile | undefined,
  right: SelectedProfile | undefined,
  maxNodes: number,
): FlameLevels | undefined {
  const known = left ?? right;
  if (known === undefined) return undefined;
  const empty = { ...known, profile: withoutSamples(known.profile) };
  return flameLevels([left ?? empty, right ?? empty], maxNodes);
}

function withoutSamples(profile: Profile): Profile {
  return filterSamples(profile, () => false);
}
