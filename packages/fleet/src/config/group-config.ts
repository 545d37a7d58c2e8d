import type { Labels } from "../store/labels.ts";
import { type ConfigNode, wrong } from "./config-node.ts";
import { fields, list, mapOf, type Reader, text } from "./readers.ts";

/** Targets that have labels in common. */
export interface TargetGroup {
  /** `host:port` each. */
  readonly addresses: readonly string[];
  readonly labels: Labels;
}

interface GroupKeys {
  targets?: readonly string[];
  labels?: Labels;
}

const groupKeys = fields<GroupKeys>({ targets: list(readAddress), labels: mapOf(text) });

/** Groups of targets, as static_configs, files and servers of targets have them. */
export const readGroups: Reader<readonly TargetGroup[]> = list((node) => {
  const { targets = [], labels = new Map() } = groupKeys(node);
  return { addresses: targets, labels };
});

/** Groups with one more label, such as where they come from, which relabelling may ask for. */
export function withLabel(groups: readonly TargetGroup[], label: string, value: string): TargetGroup[] {
  return groups.map(({ addresses, labels }) => ({ addresses, labels: new Map([...labels, [label, value]]) }));
}

/** `host:port`, or a host alone. */
function readAddress(node: ConfigNode): string {
  const address = text(node);
  if (!isAddress(address)) {
    throw wrong(node, `invalid target ${JSON.stringify(address)}: must be host:port, without a scheme and a path`);
  }
  return address;
}

/** Whether this is a host with a port or without. */
export function isAddress(address: string): boolean {
  return /^(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/.test(address) && URL.canParse(`http://${address}`);
}
