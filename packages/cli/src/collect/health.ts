import type { ScrapeResult } from "@pprof-ts/fleet";

/** So many processes are told of; of more, the store knows. */
const MOST_TOLD = 100;

/** A function that says once why a process gives no profiles, or not all of them, and when it does again. */
export function healthTeller(tell: (sentence: string) => void): (result: ScrapeResult) => void {
  /** By process and profile, why there is none. */
  const failing = new Map<string, Map<string, string>>();
  let isFull = false;
  return ({ target: { labels, name }, failure }) => {
    const [service, instance] = [labels.get("service_name"), labels.get("instance")];
    const process = service === instance ? instance! : `${service} at ${instance}`;
    const reasons = failing.get(process) ?? new Map<string, string>();
    if (failure === undefined) {
      reasons.delete(name);
      if (failing.has(process) && reasons.size === 0) {
        failing.delete(process);
        tell(`${process}: profiles again`);
      }
      return;
    }
    const isKnown = [...reasons.values()].includes(failure);
    if (!failing.has(process) && failing.size >= MOST_TOLD) {
      if (!isFull) tell(`more than ${MOST_TOLD} processes give no profiles: no more of them are told here`);
      isFull = true;
      return;
    }
    failing.set(process, reasons.set(name, failure));
    if (!isKnown) tell(`${process}: no ${name}: ${failure}`);
  };
}
