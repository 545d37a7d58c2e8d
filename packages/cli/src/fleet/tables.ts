import { changeText, costText } from "@pprof-ts/fleet";
import { csvBody } from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { write } from "../host/terminal/ui.ts";
import { writeReport } from "../print/generate.ts";
import { type AskedFleet, askJson } from "./ask.ts";
import { queryOf, withKeys } from "./flags.ts";
import { type Column, tableText, tableWidth } from "./table-text.ts";

/** What `/api/services` answers. */
interface Services {
  readonly from: string;
  readonly to: string;
  readonly sampleType: { readonly type: string; readonly unit: string } | null;
  readonly services: readonly {
    readonly name: string;
    readonly types: readonly string[];
    readonly series: number;
    readonly profiles: number;
    readonly failures: number;
    readonly last: string;
    readonly amount: number | null;
    readonly before?: number | null;
  }[];
}

/** What `/api/labels` answers. */
interface LabelsAnswer {
  readonly labels: readonly { readonly name: string; readonly count: number; readonly values: readonly string[] }[];
}

/** What `/api/targets` answers. */
interface Targets {
  readonly targets: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly name: string;
    readonly profiles: number;
    readonly failures: number;
    readonly last: string | null;
    readonly bytes: number;
    readonly scrapeMillis: number;
    readonly skewMillis: number | null;
    readonly lastFailure: { readonly at: string; readonly status: number; readonly reason: string } | null;
  }[];
}

/** The services of a fleet, the costliest first, with `-ago` beside what they were so long before. */
export async function printServices(asked: AskedFleet): Promise<number> {
  const ago = asked.request.extra("ago");
  const query = ago === "" ? queryOf(asked.request) : withKeys(queryOf(asked.request), { ago });
  const answer = await askJson<Services>(asked.fleet, "/api/services", query);
  const rangeMillis = Date.parse(answer.to) - Date.parse(answer.from);
  const cost = (amount: number | null | undefined): string => costText(amount, answer.sampleType, rangeMillis);
  const columns: Column[] = [
    { title: "service", least: 12 },
    { title: answer.sampleType?.type ?? "cost", isNumber: true },
    ...(ago === ""
      ? []
      : [
          { title: `${ago} ago`, isNumber: true },
          { title: "change", isNumber: true },
        ]),
    { title: "profiles", isNumber: true },
    { title: "failed", isNumber: true },
    { title: "series", isNumber: true },
    { title: "last" },
  ];
  const rows = answer.services.map(({ name, amount, before, profiles, failures, series, last }) => [
    name,
    cost(amount),
    ...(ago === "" ? [] : [cost(before), changeText(before, amount)]),
    String(profiles),
    String(failures),
    String(series),
    profiles === 0 ? "-" : last.replace(/\.\d+Z$/, "Z"),
  ]);
  const data = answer.services.map(({ name, amount, before, profiles, failures, series, last }) => [
    name,
    amount ?? "",
    ...(ago === "" ? [] : [before ?? ""]),
    profiles,
    failures,
    series,
    last,
  ]);
  const unit = answer.sampleType === null ? "amount" : `${answer.sampleType.type}_${answer.sampleType.unit}`;
  const titles = ["service", unit, ...(ago === "" ? [] : [`${unit}_before`]), "profiles", "failures", "series", "last"];
  return print(
    asked,
    answer,
    { columns, rows },
    { columns: titles, rows: data },
    "no service sent a profile in that time",
  );
}

/** So many values of a label stand in a table. */
const SHOWN_VALUES = 20;

/** The labels that processes have, and their values. */
export async function printLabels(asked: AskedFleet): Promise<number> {
  const answer = await askJson<LabelsAnswer>(asked.fleet, "/api/labels", queryOf(asked.request));
  const columns: Column[] = [
    { title: "label", least: 12 },
    { title: "values", isNumber: true },
    { title: "such as", least: 16 },
  ];
  const rows = answer.labels.map(({ name, count, values }) => [
    name,
    String(count),
    values.slice(0, SHOWN_VALUES).join(", ") + (count > SHOWN_VALUES ? ", …" : ""),
  ]);
  const data = answer.labels.flatMap(({ name, values }) => values.map((value) => [name, value]));
  return print(
    asked,
    answer,
    { columns, rows },
    { columns: ["label", "value"], rows: data },
    "no process sent a profile in that time",
  );
}

/** What tells a process from others of its service, the first of these that it has. */
const INSTANCE_LABELS = ["instance", "pod", "hostname", "host"];

/** How scrapes and pushes of each process went. */
export async function printTargets(asked: AskedFleet): Promise<number> {
  const answer = await askJson<Targets>(asked.fleet, "/api/targets", queryOf(asked.request));
  const columns: Column[] = [
    { title: "service", least: 10 },
    { title: "instance", least: 12 },
    { title: "labels", least: 10 },
    { title: "profile" },
    { title: "ok", isNumber: true },
    { title: "failed", isNumber: true },
    { title: "last failure", least: 12 },
  ];
  const rows = answer.targets.map(({ labels, name, profiles, failures, lastFailure }) => {
    const { service_name: service = "-", ...own } = labels;
    const instance = INSTANCE_LABELS.find((label) => own[label] !== undefined);
    const others = Object.entries(own).filter(([label]) => label !== instance);
    return [
      service,
      instance === undefined ? "-" : own[instance]!,
      others.map(([label, value]) => `${label}=${value}`).join(" "),
      name,
      String(profiles),
      String(failures),
      lastFailure?.reason ?? "",
    ];
  });
  const data = answer.targets.map((target) => [
    target.labels.service_name ?? "",
    JSON.stringify(target.labels),
    target.name,
    target.profiles,
    target.failures,
    target.last ?? "",
    target.bytes,
    target.scrapeMillis,
    target.skewMillis ?? "",
    target.lastFailure?.at ?? "",
    target.lastFailure?.status ?? "",
    target.lastFailure?.reason ?? "",
  ]);
  const titles = [
    ...["service", "labels", "profile", "profiles", "failures", "last", "bytes", "scrape_ms", "skew_ms"],
    ...["failed_at", "failed_status", "failed_reason"],
  ];
  return print(
    asked,
    answer,
    { columns, rows },
    { columns: titles, rows: data },
    "no process sent a profile in that time",
  );
}

/** Prints an answer as a table, as JSON or as comma-separated values, where the command line says. */
function print(
  { request, session }: AskedFleet,
  answer: object,
  table: { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] },
  data: Parameters<typeof csvBody>[0],
  nothing: string,
): number {
  const { form, command, options, full } = request;
  const { ui, env } = session;
  if (command !== undefined && form === "own")
    throw new ToolError(`-${command.name} is a report on profiles: pprof fleet query -${command.name} prints it`);
  const file = request.extra("o") || options.output;
  const width = tableWidth(ui, env, full || file !== "");
  if (form === "own" && table.rows.length === 0) ui.print(nothing);
  const text = (): string =>
    table.rows.length === 0
      ? ""
      : tableText(
          table.columns,
          table.rows.map((row) => row.map(oneLine)),
          width,
        );
  const bodies = {
    own: text,
    json: () => `${JSON.stringify(answer, null, 2)}\n`,
    csv: () => csvBody(data),
  };
  const body = bodies[form]();
  if (file !== "") writeReport(file, body);
  else
    for (const piece of typeof body === "string" ? [body] : (body as { chunks: Iterable<string> }).chunks)
      write(1, piece);
  return 0;
}
