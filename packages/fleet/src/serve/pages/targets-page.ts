import { scaledLabel } from "@pprof-ts/report";
import { askedRange } from "../../ask/asked-profiles.ts";
import { printTime } from "../../ask/time.ts";
import { SERVICE_LABEL } from "../../store/labels.ts";
import type { Target } from "../../store/store.ts";
import type { Here } from "../here.ts";
import type { Answer, Asked } from "../route.ts";
import { page } from "./frame.ts";
import { type Html, html } from "./html.ts";

const PATH = "/fleet/targets";
/** A clock that is off by so much is worth a word, in milliseconds. */
const NOTABLE_SKEW = 5000;
const MOST_TARGETS = 1000;

/** How scrapes and pushes of each process went: those that failed come first. */
export async function targetsPage({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const asked = askedRange(query, tenant, now);
  const targets = [...(await store.targets(asked.selector, asked.range))].sort((a, b) => b.failures - a.failures);
  const rest = targets.length - MOST_TARGETS;
  const content =
    targets.length === 0
      ? html`<p class="hint">Nothing was scraped or pushed in that time.</p>`
      : html`<div class="scroll" tabindex="0"><table>
<tr><th>service</th><th>labels</th><th>profile</th><th class="number">ok</th><th class="number">failed</th><th class="number">took</th><th class="number">size</th><th>last (UTC)</th><th>clock</th><th>last failure</th></tr>
${targets.slice(0, MOST_TARGETS).map(row)}
</table></div>${rest > 0 ? html`<p class="hint">and ${rest} more</p>` : ""}`;
  return page({ path: PATH, title: "Targets", query, asked, content });
}

function row({
  labels,
  name,
  profiles,
  failures,
  lastMillis,
  lastFailure,
  bytes,
  scrapeMillis,
  skewMillis,
}: Target): Html {
  const others = [...labels].filter(([label]) => label !== SERVICE_LABEL).map(([label, value]) => `${label}=${value}`);
  const skew =
    skewMillis !== undefined && Math.abs(skewMillis) >= NOTABLE_SKEW ? `${(skewMillis / 1000).toFixed(0)} s off` : "";
  const why =
    lastFailure === undefined
      ? ""
      : `${printTime(lastFailure.receivedMillis)}: ${lastFailure.status || "no answer"}: ${lastFailure.reason}`;
  return html`<tr>
<td>${labels.get(SERVICE_LABEL)}</td><td>${others.join(" ")}</td><td>${name}</td>
<td class="number">${profiles}</td><td class="number${failures > 0 ? " bad" : ""}">${failures}</td>
<td class="number">${profiles > 0 ? `${Math.round(scrapeMillis)} ms` : "-"}</td>
<td class="number">${profiles > 0 ? scaledLabel(bytes, "bytes", "auto") : "-"}</td>
<td>${lastMillis > 0 ? printTime(lastMillis).slice(0, 19).replace("T", " ") : "-"}</td>
<td class="bad">${skew}</td><td class="reason">${why}</td>
</tr>`;
}
