import type { ValueType } from "@pprof-ts/profile";
import { FleetError } from "../error.ts";
import { SERVICE_LABEL } from "../store/labels.ts";
import type { Matcher, MatchOperator, Selector } from "../store/selector.ts";
import type { ProfileQuery, ProfileType, Store, TimeRange } from "../store/store.ts";
import { parseProfileType } from "./profile-type.ts";
import { parseSelector } from "./selector.ts";
import { parseRange } from "./time.ts";

/** Profiles of one kind, and the value of them that is asked for; undefined: the profile's own default. */
export interface AskedProfiles extends ProfileQuery {
  readonly sampleType: ValueType | undefined;
}

/** Which processes, when: what all queries of an address have. */
export interface AskedRange {
  readonly selector: Selector;
  readonly range: TimeRange;
  /** The profile type in front of a selector's braces; "" for none. */
  readonly type: string;
}

/**
 * Understands the keys of an address: `service`, `label` (`version=v1`, `version=~v1.*`, any number of them), `match` (a whole
 * selector), `from`, `to`, `type`. What is wrong with one is a `FleetError`.
 */
export function askedRange(query: URLSearchParams, tenant: string, now: number): AskedRange {
  const service = query.get("service") ?? "";
  const whole = query.getAll("match").map(parseSelector);
  const types = [query.get("type") ?? "", ...whole.map(({ name }) => name)].filter((type) => type !== "");
  if (new Set(types).size > 1) throw new FleetError(`types ${types.join(" and ")}: one is asked for`);
  const matchers: Matcher[] = [
    ...(service === "" ? [] : [{ label: SERVICE_LABEL, operator: "=" as const, value: service }]),
    ...query.getAll("label").flatMap(parseLabel),
    ...whole.flatMap((selector) => selector.matchers),
  ];
  const range = parseRange(query.get("from") ?? "", query.get("to") ?? query.get("until") ?? "", now);
  return { selector: { tenant, matchers }, range, type: types[0] ?? "" };
}

/** `version=v1`, without quotes around the value, or a selector in braces. */
function parseLabel(text: string): readonly Matcher[] {
  if (text.startsWith("{")) return parseSelector(text).matchers;
  const [, label, operator, value = ""] = /^([a-zA-Z_][\w.]*)(=~|!~|!=|=)([\s\S]*)$/.exec(text) ?? [];
  if (label === undefined || operator === undefined)
    throw new FleetError(
      `invalid label ${JSON.stringify(text.slice(0, 100))}: must be like version=v1 or version=~v1.*`,
    );
  return [{ label, operator: operator as MatchOperator, value }];
}

/** What a process's time goes into is asked for most. */
const USUAL_TYPE = "process_cpu";

/**
 * The profiles that a type names: a kind of profile (`process_cpu`, `memory`), a value of one (`cpu`, `inuse_space`), both
 * (`memory:inuse_space:bytes:space:bytes`, as Pyroscope has them), or "" for processor time. What is not there is a `FleetError` that says what is.
 */
export async function resolveType(store: Store, asked: AskedRange): Promise<AskedProfiles> {
  const { selector, range, type } = asked;
  if (type.includes(":")) {
    const { name, sampleType } = parseProfileType(type);
    return { selector, range, name, sampleType };
  }
  const known = await store.profileTypes(selector, range);
  const found = findType(known, type);
  if (found !== undefined) return { selector, range, ...found };
  // Nothing is there at all: the answer is empty, and no type wrong.
  if (known.length === 0) return { selector, range, name: type || USUAL_TYPE, sampleType: undefined };
  const names = known.flatMap(({ name, sampleTypes }) => [name, ...sampleTypes.map((of) => of.type)]);
  throw new FleetError(`no profiles of type ${JSON.stringify(type)}: there are ${[...new Set(names)].join(", ")}`);
}

function findType(known: readonly ProfileType[], type: string): Pick<AskedProfiles, "name" | "sampleType"> | undefined {
  const named = known.find(({ name }) => name === (type || USUAL_TYPE)) ?? (type === "" ? known[0] : undefined);
  if (named !== undefined) return { name: named.name, sampleType: undefined };
  for (const { name, sampleTypes } of known) {
    const sampleType = sampleTypes.find((of) => of.type === type);
    if (sampleType !== undefined) return { name, sampleType };
  }
  return undefined;
}
