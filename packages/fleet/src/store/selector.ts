import { compilePattern, ReportError } from "@pprof-ts/report";
import { FleetError } from "../error.ts";
import { isLabelName, type Labels } from "./labels.ts";

export type MatchOperator = "=" | "!=" | "=~" | "!~";

/** What a label's value has to be, or not to be; a label that is not there has the value "". Patterns match the whole value. */
export interface Matcher {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** Processes of a tenant: those whose labels meet all matchers. */
export interface Selector {
  readonly tenant: string;
  readonly matchers: readonly Matcher[];
}

const MOST_MATCHERS = 64;
/** Patterns are RE2's, in linear time; what one may cost is in proportion to its length. */
const LONGEST_PATTERN = 1024;

/** The matchers as `parseMatchers` reads them. */
export function matchersText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`).join(", ")}}`;
}

/** A test of labels; matchers that make no sense are a `FleetError`. */
export function compileSelector({ matchers }: Selector): (labels: Labels) => boolean {
  if (matchers.length > MOST_MATCHERS) {
    throw new FleetError(`invalid selector: ${matchers.length} matchers are more than ${MOST_MATCHERS}`);
  }
  const tests = matchers.map(compileMatcher);
  return (labels) => tests.every((test) => test(labels));
}

function compileMatcher({ label, operator, value }: Matcher): (labels: Labels) => boolean {
  if (!isLabelName(label)) throw new FleetError(`invalid selector: ${JSON.stringify(label)} is no name of a label`);
  const wanted = operator === "=" || operator === "=~";
  const matches = operator.endsWith("~") ? wholePattern(label, value) : (text: string): boolean => text === value;
  return (labels) => matches(labels.get(label) ?? "") === wanted;
}

function wholePattern(label: string, source: string): (text: string) => boolean {
  if (source.length > LONGEST_PATTERN) {
    throw new FleetError(
      `invalid selector: the pattern of ${label} has ${source.length} characters, more than ${LONGEST_PATTERN}`,
    );
  }
  try {
    const pattern = compilePattern(`^(?s:${source})$`);
    return (text) => pattern.test(text);
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    throw new FleetError(`invalid selector: pattern ${JSON.stringify(source)} of ${label}: ${error.message}`);
  }
}
