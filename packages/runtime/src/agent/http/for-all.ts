import { setMaxListeners } from "node:events";
import {
  merge,
  mergeTraces,
  type Profile,
  readGoTrace,
  readProfile,
  setLabel,
  type Trace,
  type TraceFrame,
} from "@pprof-ts/profile";
import { type Answer, type Call, callOf, integer, plain, refuse } from "../../http/call.ts";
import type { ProcessInfo } from "../processes/own-process.ts";
import type { Found, Peer, Processes } from "../processes/processes.ts";
import { customCollector, findCollector } from "../profile/collectors.ts";
import type { Profilers } from "../profile/profilers.ts";
import { LOOP_NAME } from "../trace/loop-trace.ts";
import {
  BEGAN,
  handle,
  handleUnpacked,
  isEndpoint,
  isUnpacked,
  packed,
  packedTrace,
  takeTrace,
  type Unpacked,
} from "./handler.ts";

/** A process's answer, or why it has none. This one's own profile is not packed, to be unpacked here. */
interface Answered<Content = Answer | Unpacked> {
  readonly info: ProcessInfo;
  readonly answer: Content;
}

/** Nothing else of a query is for all: this says for which process it is. */
const PID = "pid";
/** So many comments of single processes are shown. */
const MOST_COMMENTS = 16;

/**
 * Answers a call for all processes of a group: their profiles become one, in which the labels `process` and `pid` tell them
 * apart; `pid=` asks one of them. What another process does not answer is said in the comments.
 */
export async function handleForAll(call: Call, profilers: Profilers, processes: Processes): Promise<Answer> {
  if (call.method !== "GET" && call.method !== "HEAD") return handle(call, profilers);
  const asked = call.query.get(PID);
  const one = without(call, PID);
  if (asked !== null && asked === String(process.pid)) return handle(one, profilers);
  if (asked === null && !["", "profile", "trace"].includes(call.name) && isEndpoint(call.name)) {
    return handle(call, profilers);
  }
  const found = await processes.others();
  if (asked !== null) {
    const peer = found.peers.find(({ info }) => String(info.pid) === asked);
    return peer === undefined ? unknown(asked, found) : ask(peer, one, profilers);
  }
  const own = await processes.describe();
  if (call.name === "") return handle(call, profilers, { own, ...found });
  if (found.peers.length + found.silent.length === 0) return handle(call, profilers);
  // The others' answers are needed whole, also where only what stands above the one of all is.
  const whole: Call = { ...call, method: "GET" };
  return call.name === "trace" ? traceOfAll(whole, profilers, own, found) : answerOfAll(whole, profilers, own, found);
}

/** One trace of all processes, each with threads and an event loop of its own. Others tell theirs in Go's format, without counters. */
async function traceOfAll(call: Call, profilers: Profilers, own: ProcessInfo, found: Found): Promise<Answer> {
  setMaxListeners(0, call.signal);
  const [taken, ...others] = await Promise.all([
    takeTrace(call, profilers),
    ...found.peers.map(async (peer) => ({
      info: peer.info,
      answer: await ask(peer, without(call, "format"), profilers),
    })),
  ]);
  if (!("trace" in taken)) return taken;
  const parts: { readonly info: ProcessInfo; readonly trace: Trace }[] = [{ info: own, trace: taken.trace }];
  for (const { info, answer } of others) {
    // One that is traced for somebody else, or has just ended, is left out.
    if (answer.status !== 200) continue;
    const { trace } = readGoTrace(answer.body as Uint8Array);
    parts.push({ info, trace: { ...trace, timeNanos: BigInt(answer.headers[BEGAN] ?? taken.trace.timeNanos) } });
  }
  const trace = mergeTraces(
    parts.map(({ info: { pid, name }, trace }) => ({
      trace,
      // Requests of one route are counted together; the loops have names of their own.
      rename: (frame: TraceFrame): TraceFrame =>
        frame[0] === LOOP_NAME && frame[1] === "node"
          ? [`${LOOP_NAME} of ${name} (pid ${pid})`, frame[1], frame[2]]
          : frame,
    })),
  );
  return packedTrace({ trace, format: taken.format });
}

async function answerOfAll(call: Call, profilers: Profilers, own: ProcessInfo, found: Found): Promise<Answer> {
  const debug = integer(call.query.get("debug")) ?? 0;
  // What cannot be had as text is refused by the process itself, with the reason.
  if (debug > 0 && (call.name === "profile" || call.query.has("seconds") || call.query.has("last"))) {
    return handle(call, profilers);
  }
  const collector = (await findCollector(profilers, call.name)) ?? customCollector(call.name);
  const isDump = debug >= 2 && collector.dump !== undefined;
  const each = isDump ? call : without(call, "debug");
  // Each question listens for its end, and Node would print a warning of more than ten.
  setMaxListeners(0, call.signal);
  const answers: Answered[] = await Promise.all([
    handleUnpacked(each, profilers).then((answer) => ({ info: own, answer })),
    ...found.peers.map(async (peer) => ({ info: peer.info, answer: await ask(peer, each, profilers) })),
  ]);
  const good = answers.filter(({ answer }) => isUnpacked(answer) || answer.status === 200);
  const refused = answers.filter((one): one is Answered<Answer> => !good.includes(one));
  // Where none has it, the process that was asked says why.
  if (good.length === 0) return refused[0]!.answer;
  const missing = [
    ...refused.filter(({ answer }) => answer.status !== 404).map(missingOf),
    ...found.silent.map(({ pid, reason }) => `process ${pid} is left out: ${reason}`),
  ];
  if (isDump) {
    const dumps = good.map(({ info, answer }) => `# process ${info.pid}: ${info.name}\n\n${textOf(answer as Answer)}`);
    return plain([...dumps, ...missing.map((line) => `# ${line}\n`)].join("\n"));
  }
  const profiles = await Promise.all(good.map(labelled));
  const merged = merge(profiles.map(({ profile }) => profile));
  // They ran at once: the time is that of the longest.
  const [durationNanos = 0n] = profiles.map(({ profile }) => profile.durationNanos).sort((a, b) => (a > b ? -1 : 1));
  const profile: Profile = { ...merged, durationNanos, comments: [...commentsOf(profiles), ...missing] };
  if (debug > 0) return plain(collector.text(profile));
  const [{ answer: first }] = good as [Answered];
  if (isUnpacked(first)) return packed({ filename: first.filename, profile });
  return { ...(await packed({ filename: call.name, profile })), headers: first.headers };
}

/** A profile of a process. */
interface OfProcess {
  readonly pid: number;
  readonly profile: Profile;
}

async function labelled({ info: { pid, name }, answer }: Answered): Promise<OfProcess> {
  const profile = isUnpacked(answer) ? answer.profile : await readProfile(answer.body as Uint8Array);
  return { pid, profile: setLabel(setLabel(profile, "process", name), PID, String(pid)) };
}

/** What all profiles say is said once, what one says of its own process with its id; of many such, the first ones. */
function commentsOf(profiles: readonly OfProcess[]): string[] {
  const everywhere = (comment: string): boolean => profiles.every(({ profile }) => profile.comments.includes(comment));
  const common = profiles[0]!.profile.comments.filter(everywhere);
  const own = profiles.flatMap(({ pid, profile }) =>
    profile.comments.filter((comment) => !everywhere(comment)).map((comment) => `process ${pid}: ${comment}`),
  );
  const rest = own.length - MOST_COMMENTS;
  return [
    ...common,
    ...own.slice(0, MOST_COMMENTS),
    ...(rest > 0 ? [`and ${rest} more of other processes: pid= asks one`] : []),
  ];
}

function missingOf({ info, answer }: Answered<Answer>): string {
  return `process ${info.pid} (${info.name}) is left out: ${textOf(answer).trim()}`;
}

/** What another process answers; one that ends meanwhile has no more to say than that, and where this one ends nobody is waited for. */
async function ask(peer: Peer, call: Call, { ending }: Profilers): Promise<Answer> {
  try {
    return await peer.ask({ ...call, signal: AbortSignal.any([call.signal, ending]) }, call.rawQuery);
  } catch (error) {
    if (ending.aborted) return refuse(503, "the process that was asked has ended before it");
    return refuse(502, `process ${peer.info.pid} did not answer: ${error instanceof Error ? error.message : error}`);
  }
}

function unknown(pid: string, { peers }: Found): Answer {
  const there = [process.pid, ...peers.map(({ info }) => info.pid)].sort((a, b) => a - b).join(", ");
  return refuse(404, `there is no process ${JSON.stringify(pid)} here: there are ${there}`);
}

/** The call without a parameter. */
function without({ query: _, signal, ...data }: Call, name: string): Call {
  const query = new URLSearchParams(data.rawQuery);
  query.delete(name);
  return callOf({ ...data, rawQuery: query.toString() }, signal);
}

function textOf({ body }: Answer): string {
  return typeof body === "string" ? body : Buffer.from(body).toString();
}
