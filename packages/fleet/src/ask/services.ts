import type { ValueType } from "@pprof-ts/profile";
import { FleetError } from "../error.ts";
import { SERVICE_LABEL } from "../store/labels.ts";
import type { Missing, ServiceSummary, Store, TimeRange } from "../store/store.ts";
import type { AskedProfiles } from "./asked-profiles.ts";

/** A service with what it takes of one value, and took as long before; undefined where it sent no profile. */
export interface ServiceCost extends ServiceSummary {
  readonly amount: number | undefined;
  readonly before: number | undefined;
}

export interface ServiceCosts {
  /** What amounts are of; undefined where no profile is there. */
  readonly sampleType: ValueType | undefined;
  /** Those that take most come first. */
  readonly services: readonly ServiceCost[];
  readonly missing: Missing;
}

/** The services of a selection, with what they take and what they took `agoMillis` before; 0: nothing is said of that. */
export async function serviceCosts(store: Store, asked: AskedProfiles, agoMillis: number): Promise<ServiceCosts> {
  const { selector, range, name } = asked;
  const sampleType = await shownType(asked, store);
  const missing: string[] = [];
  const amounts = async (of: TimeRange | undefined): Promise<ReadonlyMap<string, number>> => {
    if (sampleType === undefined || of === undefined) return new Map();
    const stepMillis = of.toMillis - of.fromMillis;
    const query = { selector, range: of, name, sampleType: sampleType.type, stepMillis, groupBy: [SERVICE_LABEL] };
    const told = await store.timeline(query);
    missing.push(...told.missing);
    return new Map(told.series.map(({ labels, values }) => [labels.get(SERVICE_LABEL) ?? "", values[0]!]));
  };
  const [wanted, found, now, then] = await Promise.all([
    store.labelValues(SERVICE_LABEL, selector, range),
    store.services(selector.tenant, range),
    amounts(range),
    amounts(agoMillis === 0 ? undefined : earlier(range, agoMillis)),
  ]);
  const known = (amount: number | undefined): number | undefined => (Number.isNaN(amount) ? undefined : amount);
  const services = found
    .filter((service) => wanted.includes(service.name))
    .map((service) => ({ ...service, amount: known(now.get(service.name)), before: known(then.get(service.name)) }))
    .sort((a, b) => (b.amount ?? -1) - (a.amount ?? -1) || (a.name < b.name ? -1 : 1));
  return { sampleType, services, missing: [...new Set(missing)] };
}

function earlier({ fromMillis, toMillis }: TimeRange, by: number): TimeRange {
  if (fromMillis < by) throw new FleetError("invalid ago: so long before it was not yet 1970");
  return { fromMillis: fromMillis - by, toMillis: toMillis - by };
}

/** The value that lines and tables are of: the one asked for, else the last one of its profiles, as reports have it. */
export async function shownType(
  { selector, range, name, sampleType }: AskedProfiles,
  store: Store,
): Promise<ValueType | undefined> {
  if (sampleType !== undefined) return sampleType;
  const known = await store.profileTypes(selector, range);
  return known.find((type) => type.name === name)?.sampleTypes.at(-1);
}
