import { type AskedProfiles, askedRange, resolveType } from "../../ask/asked-profiles.ts";
import { costText } from "../../ask/cost-text.ts";
import { linesOverTime } from "../../ask/lines.ts";
import { shownType } from "../../ask/services.ts";
import { printTime, stepOf } from "../../ask/time.ts";
import { FleetError } from "../../error.ts";
import { SERVICE_LABEL } from "../../store/labels.ts";
import type { Timeline, TimelineSeries } from "../../store/store.ts";
import type { Here } from "../here.ts";
import type { Answer, Asked } from "../route.ts";
import { COLOURS, chart, nameOf } from "./chart.ts";
import { missingLines, page } from "./frame.ts";
import { type Html, html } from "./html.ts";
import { changeLink, profileAddress, profileLink } from "./profile-links.ts";
import { typeOptions } from "./services-page.ts";

const PATH = "/fleet/service";
const MINUTE = 60_000;
/** So many lines have a row below them. */
const MOST_LINES = 50;

/** One service over time, by a label, from where the pages of its merged profiles are a click away. */
export async function servicePage({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const service = query.get("service") ?? "";
  if (service === "") throw new FleetError("service is missing: which one is shown");
  const asked = askedRange(query, tenant, now);
  const profiles = await resolveType(store, asked);
  const sampleType = await shownType(profiles, store);
  const by = query.get("by") ?? "";
  const groupBy = by === "" ? [] : [by];
  const length = asked.range.toMillis - asked.range.fromMillis;
  // Of a long time, steps in which each process sends a profile: lines of dots say less.
  const stepMillis = length < 10 * MINUTE ? stepOf(asked.range) : Math.max(stepOf(asked.range), MINUTE);
  const [names, types, timeline] = await Promise.all([
    store.labelNames(asked.selector, asked.range),
    store.profileTypes(asked.selector, asked.range),
    sampleType === undefined
      ? EMPTY
      : linesOverTime(store, { ...profiles, sampleType: sampleType.type, stepMillis, groupBy }),
  ]);
  const shown = { ...profiles, sampleType };
  const textOf = (value: number): string => costText(value, sampleType, stepMillis);
  const content = html`${missingLines(timeline.missing)}
<form action="${PATH}" method="get">
${["service", "from", "to"].map((key) => html`<input type="hidden" name="${key}" value="${query.get(key) ?? ""}">`)}
<label>type <select name="type">${typeOptions(types, profiles, sampleType)}</select></label>
<label>by <select name="by"><option value="">all together</option>${names.filter((name) => name !== SERVICE_LABEL).map((name) => labelOption(name, by))}</select></label>
<button>Show</button>
</form>
${timeline.series.length === 0 ? html`<p class="hint">No profile of this type came in that time.</p>` : shownLines(timeline, shown, by, textOf, query)}`;
  return page({ path: PATH, title: service, query, asked, content });
}

const EMPTY: Timeline = { unit: "", stepMillis: 1, series: [], missing: [] };

function labelOption(name: string, chosen: string): Html {
  return name === chosen ? html`<option selected>${name}</option>` : html`<option>${name}</option>`;
}

function shownLines(
  timeline: Timeline,
  shown: AskedProfiles,
  by: string,
  textOf: (value: number) => string,
  query: URLSearchParams,
): Html {
  const { range } = shown;
  const { series } = timeline;
  return html`${chart(timeline, range, textOf)}
<p><span data-selected>${printTime(range.fromMillis)} to ${printTime(range.toMillis)}</span>
<span class="hint">draw over the lines to choose a part</span></p>
<p>${profileLink("flamegraph", "Flame graph", shown, true)} ${profileLink("top", "Top", shown)} ${profileLink("graph", "Graph", shown)} ${changeLink("Change since as long before", shown)}</p>
${by === "" ? "" : legend(series, shown, by, query)}`;
}

/** What lines are of, with the pages of each; two of them can be compared. */
function legend(series: readonly TimelineSeries[], shown: AskedProfiles, by: string, query: URLSearchParams): Html {
  const row = (line: TimelineSeries, at: number): Html => {
    const value = line.labels.get(by) ?? "";
    const profiles = line.profiles.reduce((sum, count) => sum + count, 0);
    const failed = line.failures.reduce((sum, count) => sum + count, 0);
    return html`<tr>
<td><span class="swatch c${Math.min(at, COLOURS - 1)}"></span>${nameOf(line)}</td>
<td class="number">${profiles}</td><td class="number${failed > 0 ? " bad" : ""}">${failed}</td>
<td>${profileLink("flamegraph", "Flame graph", ofValue(shown, by, value))}</td>
<td><input type="radio" name="old" value="${value}" aria-label="old: ${value}"${at === 1 ? CHECKED : html``}></td>
<td><input type="radio" name="new" value="${value}" aria-label="new: ${value}"${at === 0 ? CHECKED : html``}></td>
</tr>`;
  };
  const rest = series.length - MOST_LINES;
  return html`<form action="/fleet/compare" method="get">
${["service", "from", "to", "type", "by"].map((key) => html`<input type="hidden" name="${key}" value="${query.get(key) ?? ""}">`)}
<div class="scroll" tabindex="0"><table>
<tr><th>${by}</th><th class="number">profiles</th><th class="number">failed</th><td></td><th>old</th><th>new</th></tr>
${series.slice(0, MOST_LINES).map(row)}
</table></div>
${rest > 0 ? html`<p class="hint">and ${rest} more that have less</p>` : ""}
<button>Compare old with new</button>
</form>`;
}

const CHECKED = html` checked`;

function ofValue(shown: AskedProfiles, by: string, value: string): AskedProfiles {
  const { selector } = shown;
  return { ...shown, selector: { ...selector, matchers: [...selector.matchers, { label: by, operator: "=", value }] } };
}

/** Leads to the difference of two values of a label. */
export async function comparePage({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const profiles = await resolveType(store, askedRange(query, tenant, now));
  const by = query.get("by") ?? "";
  const [old, fresh] = ["old", "new"].map((key) => query.get(key));
  if (by === "" || old == null || fresh == null) throw new FleetError("by, old and new are missing: what is compared");
  const location = profileAddress("diff", ofValue(profiles, by, fresh), ofValue(profiles, by, old));
  return { status: 303, headers: { location }, body: "" };
}
