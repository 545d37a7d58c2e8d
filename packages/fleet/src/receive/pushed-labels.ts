import { serviceName } from "../discover/service-name.ts";
import { Refusal } from "../error.ts";
import { type Labels, SERVICE_LABEL } from "../store/labels.ts";
import type { CountersSince } from "../store/store.ts";

const NAME = "__name__";
/** "false": Grafana Alloy has made the counters differences already. */
const DELTA = "__delta__";

/** What labels say of a profile: the process that it is of, and what it is called. */
export interface PushedLabels {
  readonly labels: Labels;
  readonly name?: string;
  readonly countersSince?: CountersSince;
}

/** Reads the labels of a series, of which those with two underscores in front are none of the process. */
export function pushedLabels(given: Labels): PushedLabels {
  const service = serviceName(given, given) || given.get("pyroscope_app") || "";
  if (service === "") {
    throw new Refusal(400, `a series has no label ${SERVICE_LABEL}: it has ${[...given.keys()].join(", ") || "none"}`);
  }
  const labels = new Map([...given].filter(([name]) => !name.startsWith("__")));
  labels.set(SERVICE_LABEL, service);
  const name = given.get(NAME) ?? "";
  return {
    labels,
    ...(name === "" ? {} : { name }),
    ...(given.get(DELTA) === "false" ? { countersSince: "begin" } : {}),
  };
}
