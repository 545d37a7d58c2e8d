import { Refusal } from "../error.ts";
import { isLabelName, type Labels, SERVICE_LABEL } from "../store/labels.ts";
import { FOLDED_SUFFIXES } from "./sample-kinds.ts";

/** What `name` of /ingest says. */
export interface AppName {
  readonly labels: Labels;
  /** What is counted, where the name ends in it, as in `shop.cpu`; "" where it does not. */
  readonly suffix: string;
}

/** Reads `shop.cpu{env=prod,region="eu"}`. */
export function readAppName(text: string): AppName {
  const [, whole = "", , inner = ""] = /^\s*([^{}]*?)\s*(\{([^{}]*)\})?\s*$/.exec(text) ?? [];
  if (whole === "") {
    throw new Refusal(400, `invalid name ${JSON.stringify(text.slice(0, 200))}: must be such as shop{env=prod}`);
  }
  const end = whole.slice(whole.lastIndexOf(".") + 1);
  const suffix = whole.includes(".") && FOLDED_SUFFIXES.includes(end) ? end : "";
  const service = suffix === "" ? whole : whole.slice(0, -suffix.length - 1);
  const labels = new Map<string, string>();
  for (const pair of inner.split(",")) {
    if (pair.trim() === "") continue;
    const [, name = "", quoted, plain = ""] = /^\s*([^=\s]+)\s*=\s*(?:"([^"]*)"|([^"]*?))\s*$/.exec(pair) ?? [];
    if (!isLabelName(name)) {
      throw new Refusal(400, `invalid name ${JSON.stringify(text.slice(0, 200))}: ${JSON.stringify(pair)} is no label`);
    }
    if (!name.startsWith("__")) labels.set(name, quoted ?? plain);
  }
  if (!labels.has(SERVICE_LABEL)) labels.set(SERVICE_LABEL, service);
  return { labels, suffix };
}
