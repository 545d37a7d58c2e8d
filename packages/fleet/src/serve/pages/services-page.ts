import type { ValueType } from "@pprof-ts/profile";
import { type AskedProfiles, askedRange, resolveType } from "../../ask/asked-profiles.ts";
import { changeText, costText } from "../../ask/cost-text.ts";
import { type ServiceCost, serviceCosts } from "../../ask/services.ts";
import { parseDuration, printTime } from "../../ask/time.ts";
import type { ProfileType } from "../../store/store.ts";
import type { Here } from "../here.ts";
import type { Answer, Asked } from "../route.ts";
import { missingLines, page, withQuery } from "./frame.ts";
import { type Html, html } from "./html.ts";
import { typeKey } from "./profile-links.ts";

const PATH = "/fleet/services";
/** With what costs are compared where nothing is said. */
const USUAL_AGO = "1d";
/** Below so many percent a change is no colour worth. */
const NOTABLE = 5;

/** The services, those that cost most first, and what they cost as long ago as is asked for. */
export async function servicesPage({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const asked = askedRange(query, tenant, now);
  const ago = query.get("ago") || USUAL_AGO;
  const profiles = await resolveType(store, asked);
  const { sampleType, services, missing } = await serviceCosts(store, profiles, parseDuration(ago));
  const types = await store.profileTypes(asked.selector, asked.range);
  const length = asked.range.toMillis - asked.range.fromMillis;
  const most = Math.max(1, ...services.map(({ amount }) => amount ?? 0));
  const cost = (amount: number | undefined): string => costText(amount, sampleType, length);
  const row = (service: ServiceCost): Html => html`<tr>
<td><a href="${serviceAddress(service.name, query)}">${service.name}</a></td>
<td class="number">${cost(service.amount)}</td>
<td><meter min="0" max="${most}" value="${service.amount ?? 0}" title="of the largest"></meter></td>
<td class="number">${cost(service.before)}</td>
<td class="number ${changeClass(service)}">${changeText(service.before, service.amount)}</td>
<td class="number">${service.profiles}</td>
<td class="number${service.failures > 0 ? " bad" : ""}">${service.failures}</td>
<td class="number">${service.series}</td>
<td>${service.profiles > 0 ? printTime(service.lastMillis).slice(0, 19).replace("T", " ") : "-"}</td>
</tr>`;
  const content = html`${missingLines(missing)}
<form action="${PATH}" method="get">
${["from", "to"].map((key) => html`<input type="hidden" name="${key}" value="${query.get(key) ?? ""}">`)}
<label>type <select name="type">${typeOptions(types, profiles, sampleType)}</select></label>
<label>compared with <input name="ago" value="${ago}" size="4"> before</label>
<button>Show</button>
</form>
${
  services.length === 0
    ? html`<p class="hint">No service sent a profile in that time.</p>`
    : html`<div class="scroll" tabindex="0"><table>
<tr><th>service</th><th class="number">${sampleType?.type ?? "cost"}</th><td></td><th class="number">${ago} before</th><th class="number">change</th><th class="number">profiles</th><th class="number">failed</th><th class="number">series</th><th>last (UTC)</th></tr>
${services.map(row)}
</table></div>`
}`;
  return page({ path: PATH, title: "Services", query, asked, content });
}

function changeClass({ amount, before }: ServiceCost): string {
  if (!before || amount === undefined) return "";
  const percent = (100 * (amount - before)) / before;
  return percent > NOTABLE ? "up" : percent < -NOTABLE ? "down" : "";
}

function serviceAddress(name: string, query: URLSearchParams): string {
  const kept = new URLSearchParams({ service: name });
  for (const key of ["type", "from", "to"]) if (query.get(key)) kept.set(key, query.get(key)!);
  return withQuery("/fleet/service", kept);
}

/** The values that there are to choose from. */
export function typeOptions(
  types: readonly ProfileType[],
  { name: chosen }: AskedProfiles,
  sampleType: ValueType | undefined,
): Html[] {
  return types.flatMap(({ name, sampleTypes }) =>
    sampleTypes.map((of) => {
      const isChosen = name === chosen && of.type === sampleType?.type && of.unit === sampleType.unit;
      return html`<option value="${typeKey(name, of)}"${isChosen ? SELECTED : ""}>${name} ${of.type}</option>`;
    }),
  );
}

const SELECTED = html` selected`;
