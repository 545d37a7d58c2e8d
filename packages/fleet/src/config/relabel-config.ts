import { messageOf } from "../error.ts";
import {
  compileRegex,
  isLabelName,
  RELABEL_ACTIONS,
  type RelabelAction,
  type RelabelRule,
} from "../relabel/relabel.ts";
import { type ConfigNode, wrong } from "./config-node.ts";
import { fields, list, oneOf, text, whole } from "./readers.ts";

interface RelabelKeys {
  source_labels?: readonly string[];
  separator?: string;
  regex?: string;
  modulus?: number;
  target_label?: string;
  replacement?: string;
  action?: RelabelAction;
}

const relabelKeys = fields<RelabelKeys>({
  source_labels: list(text),
  separator: text,
  regex: text,
  modulus: whole,
  target_label: text,
  replacement: text,
  action: oneOf(RELABEL_ACTIONS),
});

type Key = keyof RelabelKeys;

/** Which keys an action needs, beside those that it may have. */
const NEEDS: Readonly<Partial<Record<RelabelAction, readonly Key[]>>> = {
  replace: ["target_label"],
  hashmod: ["target_label", "modulus"],
  lowercase: ["target_label"],
  uppercase: ["target_label"],
  keepequal: ["target_label"],
  dropequal: ["target_label"],
};

/** The only keys of actions for which others would mean nothing. */
const ONLY: Readonly<Partial<Record<RelabelAction, readonly Key[]>>> = {
  keepequal: ["source_labels", "target_label"],
  dropequal: ["source_labels", "target_label"],
  labeldrop: ["regex"],
  labelkeep: ["regex"],
  lowercase: ["source_labels", "separator", "target_label", "regex"],
  uppercase: ["source_labels", "separator", "target_label", "regex"],
};

/** A name of a label in which groups of a match may stand. */
const TEMPLATE = /^(?:[a-zA-Z_]|\$(?:\{\w+\}|\w))(?:\w|\$(?:\{\w+\}|\w))*$/;

/** One of `relabel_configs`, held to what Prometheus holds it to. */
export function readRelabelRule(node: ConfigNode): RelabelRule {
  const keys = relabelKeys(node);
  const { action = "replace", regex = "(.*)", replacement = "$1", target_label: target = "" } = keys;
  for (const key of NEEDS[action] ?? []) if (!keys[key]) throw wrong(node, `the action ${action} needs a ${key}`);
  const allowed = ONLY[action];
  const idle = Object.keys(keys).find((key) => key !== "action" && allowed?.includes(key as Key) === false);
  if (idle !== undefined) throw wrong(node, `the action ${action} has no ${idle}: it takes ${allowed?.join(" and ")}`);
  const isName = action === "replace" && target.includes("$") ? TEMPLATE.test(target) : isLabelName(target);
  if (NEEDS[action] !== undefined && !isName) {
    throw wrong(node, `invalid target_label ${JSON.stringify(target)}: must be the name of a label`);
  }
  if (action === "labelmap" && !TEMPLATE.test(replacement)) {
    throw wrong(node, `invalid replacement ${JSON.stringify(replacement)}: must be the name of a label`);
  }
  return {
    action,
    sourceLabels: keys.source_labels ?? [],
    separator: keys.separator ?? ";",
    regex: compiled(regex, node),
    modulus: BigInt(keys.modulus ?? 1),
    targetLabel: target,
    replacement,
  };
}

function compiled(regex: string, node: ConfigNode): RelabelRule["regex"] {
  try {
    return compileRegex(regex);
  } catch (error) {
    throw wrong(node, `invalid regex ${JSON.stringify(regex)}: ${messageOf(error)}`);
  }
}
