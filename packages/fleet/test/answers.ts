import { encode } from "@pprof-ts/profile";
import { parseMatchers, type Store, type TimeRange } from "../src/index.ts";

const SELECTORS = ["", '{service_name="service-1"}', '{version=~"v1|", instance!="i0"}', '{service_name!~".*0"}'];
const TYPES: readonly (readonly [string, readonly string[]])[] = [
  ["process_cpu", ["cpu"]],
  ["memory", ["inuse_space", "alloc_space"]],
  ["mutex", ["contentions"]],
  ["goroutine", ["goroutine", "none"]],
];

/** What a store says to all questions there are about some ranges, profiles as their bytes. */
export async function answersOf(store: Store, ranges: readonly TimeRange[]): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const range of ranges) {
    for (const text of SELECTORS) {
      const selector = { tenant: "", matchers: parseMatchers(text) };
      const of = `${text} ${range.fromMillis}-${range.toMillis}`;
      answers[`labels ${of}`] = await store.labelNames(selector, range);
      answers[`versions ${of}`] = await store.labelValues("version", selector, range);
      answers[`types ${of}`] = await store.profileTypes(selector, range);
      answers[`series ${of}`] = await store.series(selector, range);
      answers[`targets ${of}`] = await store.targets(selector, range);
      for (const [name, types] of TYPES) {
        const { profile, ...rest } = await store.merge({ selector, name, range });
        answers[`merge ${name} ${of}`] = {
          ...rest,
          comments: profile?.comments,
          bytes: profile && Buffer.from(encode(profile)).toString("base64"),
        };
        for (const sampleType of types) {
          const query = { selector, name, range, sampleType };
          const stepMillis = Math.max(1, Math.ceil((range.toMillis - range.fromMillis) / 7));
          const groupBy = ["version", "service_name"];
          answers[`timeline ${name} ${sampleType} ${of}`] = await store.timeline({ ...query, stepMillis, groupBy });
          answers[`top ${name} ${sampleType} ${of}`] = await store.top({ ...query, sort: "cum", limit: 5 });
        }
      }
    }
    answers[`services ${range.fromMillis}-${range.toMillis}`] = await store.services("", range);
  }
  return answers;
}
