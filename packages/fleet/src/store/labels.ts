/** Labels of a process by name: `service_name`, which all have, and what else tells processes apart, such as `instance`. */
export type Labels = ReadonlyMap<string, string>;

/** The label that every arrival and every failure has to have. */
export const SERVICE_LABEL = "service_name";

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_.]*$/;

/** Whether a label may be called so: as in Prometheus, and with dots as in OpenTelemetry. */
export function isLabelName(name: string): boolean {
  return name.length <= 256 && LABEL_NAME.test(name);
}

/** The labels in alphabetical order and without empty ones, so that equal sets are equal texts. */
export function sortedLabels(labels: Labels): Labels {
  return new Map([...labels].filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A text that equal labels share, and no others. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify([...labels]);
}
