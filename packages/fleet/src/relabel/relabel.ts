import { createHash } from "node:crypto";
import { RE2JS } from "re2js";
import type { Labels } from "../store/labels.ts";

/** One step of relabelling, as Prometheus has it. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly regex: Regex;
  readonly modulus: bigint;
  readonly targetLabel: string;
  readonly replacement: string;
}

/** A regular expression in RE2's syntax that has to match all of a text. */
export interface Regex {
  readonly source: string;
  /** The groups of a match, the whole of it first; undefined where it does not match. */
  match(text: string): Groups | undefined;
}

interface Groups {
  readonly byNumber: readonly string[];
  readonly byName: Readonly<Record<string, string | null>>;
}

/** Changes labels; false drops the target. `joined` is what stands in the source labels. */
type Step = (rule: RelabelRule, labels: Map<string, string>, joined: string) => boolean;

export type RelabelAction =
  | "replace"
  | "keep"
  | "drop"
  | "keepequal"
  | "dropequal"
  | "hashmod"
  | "labelmap"
  | "labeldrop"
  | "labelkeep"
  | "lowercase"
  | "uppercase";

const ACTIONS: Readonly<Record<RelabelAction, Step>> = {
  replace,
  keep: ({ regex }, _, joined) => regex.match(joined) !== undefined,
  drop: ({ regex }, _, joined) => regex.match(joined) === undefined,
  keepequal: ({ targetLabel }, labels, joined) => (labels.get(targetLabel) ?? "") === joined,
  dropequal: ({ targetLabel }, labels, joined) => (labels.get(targetLabel) ?? "") !== joined,
  hashmod: ({ targetLabel, modulus }, labels, joined) => {
    // The last eight bytes, as Prometheus takes them: targets are spread over collectors as it would spread them.
    const hash = createHash("md5").update(joined).digest().readBigUInt64BE(8);
    return setLabel(labels, targetLabel, String(hash % modulus));
  },
  labelmap: ({ regex, replacement }, labels) => {
    for (const [name, value] of [...labels]) {
      const groups = regex.match(name);
      if (groups !== undefined) setLabel(labels, expand(replacement, groups), value);
    }
    return true;
  },
  labeldrop: ({ regex }, labels) => {
    for (const name of [...labels.keys()]) if (regex.match(name) !== undefined) labels.delete(name);
    return true;
  },
  labelkeep: ({ regex }, labels) => {
    for (const name of [...labels.keys()]) if (regex.match(name) === undefined) labels.delete(name);
    return true;
  },
  lowercase: ({ targetLabel }, labels, joined) => setLabel(labels, targetLabel, joined.toLowerCase()),
  uppercase: ({ targetLabel }, labels, joined) => setLabel(labels, targetLabel, joined.toUpperCase()),
};

export const RELABEL_ACTIONS: readonly RelabelAction[] = Object.keys(ACTIONS) as readonly RelabelAction[];

/** The labels after all rules, one after the other; undefined where one of them drops the target. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  const changed = new Map(labels);
  for (const rule of rules) {
    const joined = rule.sourceLabels.map((name) => changed.get(name) ?? "").join(rule.separator);
    if (!ACTIONS[rule.action](rule, changed, joined)) return undefined;
  }
  return changed;
}

/** Compiles an expression that has to match all of a text; throws where it is none. */
export function compileRegex(source: string): Regex {
  // As in Go, a dot is no end of a line.
  const compiled = RE2JS.compile(`^(?:${source})$`);
  return {
    source,
    match(text) {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const byNumber = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? "");
      return { byNumber, byName: matcher.getNamedGroups() };
    },
  };
}

function replace(rule: RelabelRule, labels: Map<string, string>, joined: string): boolean {
  const groups = rule.regex.match(joined);
  if (groups === undefined) return true;
  const target = expand(rule.targetLabel, groups);
  return isLabelName(target) ? setLabel(labels, target, expand(rule.replacement, groups)) : true;
}

/** An empty label is one that is not there. */
function setLabel(labels: Map<string, string>, name: string, value: string): true {
  if (value === "") labels.delete(name);
  else labels.set(name, value);
  return true;
}

export function isLabelName(name: string): boolean {
  return /^[a-zA-Z_]\w*$/.test(name);
}

/** Puts groups in for `$1`, `${1}` and `${name}`, as Go's regexp.Expand does: what there is no group for is nothing. */
function expand(template: string, { byNumber, byName }: Groups): string {
  return template.replaceAll(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return "$";
    const name = braced ?? bare!;
    return (/^\d+$/.test(name) ? byNumber[Number(name)] : Object.hasOwn(byName, name) ? byName[name] : "") ?? "";
  });
}
