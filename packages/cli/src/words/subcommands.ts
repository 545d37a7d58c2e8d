export type SubcommandName =
  | "run"
  | "test"
  | "ps"
  | "collect"
  | "mcp"
  | "diff"
  | "ci"
  | "trace"
  | "help"
  | "completion"
  | "man";

/** A word that may stand in front of everything else, and asks for something other than a report. */
export interface SubcommandRow {
  readonly name: SubcommandName;
  /** What may follow it. */
  readonly words: string;
  readonly help: string;
  /** What more there is to say, line by line. */
  readonly details: readonly string[];
}

export const SUBCOMMANDS: readonly SubcommandRow[] = [
  {
    name: "run",
    words: "[FLAGS] -- COMMAND...",
    help: "Run a Node program and say what was hot in it and all below it",
    details: [
      "pprof run -- node app.js              from its first line to its end",
      "pprof run -- npm test                 with all Node processes below",
      "pprof run -cpu -heap -o prof -- COMMAND",
      "",
      "-cpu                 what ran in all threads; this one where none is named",
      "-heap                what is in memory at the end",
      "-allocs              what was allocated (not together with -heap)",
      "-goroutine           what waits, at the end or shortly before",
      "-block, -mutex       what held the event loop for 20 ms; holders of locks",
      "-trace               an execution trace of the main thread, written at the end",
      "-o=DIRECTORY         where they go: cpu.pb.gz, trace.out, ... (default: where",
      "                     fetched ones are saved)",
      "-cpuprofile=FILE, -memprofile=FILE (allocs), -blockprofile=FILE,",
      "-mutexprofile=FILE, -trace=FILE   the same into a file each, as go test has it",
      "-startup             what is imported, and what each module costs: its own",
      "                     (flat) and with what it imports (cum); 1000 samples a",
      "                     second, in place of -cpu",
      "-every=10s           a profile of each ten seconds, too, as they pass, in -o",
      "-http=:              the pages of the first one at the end; -no_browser",
      "",
      "The program keeps its streams, its signals and its exit status. What is hot",
      "is said on standard error, when it has ended. One that is killed leaves what",
      "was written last, up to some seconds before.",
    ],
  },
  {
    name: "test",
    words: "[FLAGS] -- COMMAND...",
    help: "Run tests and say which of them cost what",
    details: [
      "pprof test -- vitest run              the costliest tests, and what is hot",
      "pprof test -slowest -- node --test    all tests, the costliest first",
      "pprof -top -tagfocus='test=adds two' FILE   what is hot in one of them",
      "",
      "Samples have the labels test and file. Which test runs is told by vitest (in",
      "processes, which is its default: not in threads), jest, mocha, and node:test of",
      "Node 24 and later, not by playwright; tests that run at once are told apart in",
      "vitest and node:test.",
      "The flags of run are taken as well, but for -startup.",
    ],
  },
  {
    name: "ps",
    words: "",
    help: "Say which Node processes run, how busy they are, and how each is asked",
    details: [
      "The source is what another command line takes: pid:1234 attaches to any Node",
      "process; localhost:6060 asks all that share the port of @pprof-ts/runtime.",
      "Busy is in percent of one processor.",
    ],
  },
  {
    name: "collect",
    words: "[FLAGS] [SOURCE...]",
    help: "Collect profiles of many processes, all the time, and keep them",
    details: [
      "pprof collect http://localhost:6060 http://localhost:6061   two services",
      "pprof collect -config fleet.yml      those of a file, in Parca's words",
      "pprof collect pid:1234 server.js     Node processes, by number and by name",
      "",
      "A source is the address of a program that serves profiles (of Go's",
      "net/http/pprof, or @pprof-ts/runtime), pid:NUMBER of a Node process, or a",
      "word of its command line. The CPU profile of each is taken every 10 s, and its",
      "heap, goroutine, block and mutex profiles every minute. Without a source and",
      "a file only what is pushed is kept: as Pyroscope (push.v1 and /ingest), Parca",
      "(/profiles/writeraw) and OTLP (/v1development/profiles) have it.",
      "",
      "-config=FILE         scrape_configs as Parca has them: job_name,",
      "                     relabel_configs, static_configs, http_sd_configs and so",
      "                     on; tenants: a name and a token (or token_file) each",
      "-listen=HOST:PORT    where pushes and questions are taken; others than this",
      "                     machine are let in only with tenants (default",
      "                     localhost:4040)",
      "-http_host=NAME      a name by which it is asked, beside this machine's own",
      "",
      "Ctrl-C and SIGTERM end it; what was acknowledged is kept.",
    ],
  },
  {
    name: "diff",
    words: "[FLAGS] OLD NEW",
    help: "Say what became slower, and how sure that is",
    details: [
      "pprof diff [FLAGS] OLD OLD... -- NEW NEW...   with repeats, to be surer",
      "",
      "-fail-on=CONDITION   exit status 1 where a function meets it, such as",
      "                     'self > +5% && total > 1%': its share grew by more than",
      "                     5 points and is, with what it calls, more than 1% now;",
      "                     p < 0.05: by chance that seldom, which repeats tell",
      "-format=FORMAT       text, md or json; -md and -json for short",
      "-nodecount=N         so many functions (default 20; 0 for all)",
      "-output=FILE         where it goes, if not to standard output",
      "",
      "-focus, -ignore, -sample_index, -lines and the other flags of reports choose",
      "what is compared.",
    ],
  },
  {
    name: "ci",
    words: "[FLAGS] -- COMMAND...",
    help: "Compare two revisions of a repository, for a pull request",
    details: [
      "pprof ci -- node bench.js             this branch with where it began",
      "pprof ci -n=20 -setup='npm ci' -md=ci.md -- npm run bench",
      "",
      "Runs the command in a worktree of each revision in turn, and says what became",
      "slower, faster and larger, how surely, and how much the base differs from",
      "itself. The working tree, its index and its stash stay as they are.",
      "",
      "-base=REVISION       default: where the branch left origin's main one",
      "-head=REVISION       default: the working tree if it has changes, else HEAD",
      "-n=N                 runs of each (default 10)",
      "-aa                  the base once more, in another worktree, for the noise;",
      "                     without it halves of its runs stand against each other",
      "-setup=COMMAND       what a shell runs in each worktree first",
      "-link                each has the node_modules of the working tree, where the",
      "                     lock file is the same (default without -setup)",
      "-cases               CPU time by case as well: tests of vitest, mocha and",
      "                     node:test, and the labels case, test and file",
      "-allocs, -heap       what is allocated, or in memory at the end, by function",
      "-limit=NAME=VALUE    exit status 1 where it surely grew by more: wall, cpu,",
      "                     memory, allocated, heap, function (of all), case; 5%,",
      "                     20ms, 1MB",
      "-limits=FILE         a file of them (default .pprof-ci.json, if it is there):",
      '                     { "limits": { "cpu": "5%" }, "ignore": ["REGEXP"] }',
      "-md=FILE             a comment for a pull request, of less than 60 kB",
      "-json=FILE           everything, for programs",
      "-html=FILE           one page with the flame graph of what differs",
      "-o=DIRECTORY         the profile of each run",
    ],
  },
  {
    name: "trace",
    words: "[FLAGS] FILE|URL",
    help: "Say what an execution trace shows",
    details: [
      "pprof trace http://localhost:6060              a second of a program, Node's or Go's",
      "pprof trace -seconds=5 http://localhost:6060   or five",
      "pprof trace -tasks trace.out                   one view of a file",
      "",
      "-tasks               requests by route, calls by server, tasks: percentiles,",
      "                     and whether they ran, were ready to, or waited",
      "-task=NUMBER         one of them: what it did, one after the other",
      "-turns               the longest times for which one ran without a pause, and",
      "                     whom that delayed",
      "-waits               what was waited for, where and by whom",
      "-inarow              what functions awaited one after the other",
      "-regions             regions, or slices of a trace of Chrome's",
      "-json, -csv          as data; without a view, -json is all of it",
      "-nodecount=N         so many rows (default 20; 0 for all)",
      "-output=FILE         where it goes, if not to standard output",
      "-save=FILE           the trace itself, as it came; alone, nothing is shown",
      '-shell               asks what to show, until "quit": a line is tasks, waits 5,',
      "                     task 7, await top, turns json, or another of these flags",
      "-pprof=NAME          the profile that it holds, for any report: net, sync,",
      "                     syscall, sched as go tool trace has them; await: where",
      "                     tasks waited; loopwait: where they could have run;",
      "                     loopblock: what ran for 5 ms or more; cpu;",
      "                     pprof trace -pprof=await -top trace.out",
      "",
      "Read are traces of Go 1.22 to 1.26, which this profiler's are as well,",
      "Perfetto's, Chrome's JSON and files of Node's --trace-event-categories.",
    ],
  },
  {
    name: "mcp",
    words: "[FLAGS]",
    help: "Serve all this to an agent, by the Model Context Protocol",
    details: [
      "An agent (a coding assistant, an editor) starts it and asks by its standard",
      "input, with this in its settings:",
      "",
      '  "mcpServers": { "pprof": { "command": "pprof", "args": ["mcp"] } }',
      "",
      "-http=HOST:PORT      over HTTP, at the path /mcp, to this machine alone",
      "-source_path=PATH    more directories whose sources may be shown, beside the",
      "                     working directory and the caches of modules",
      "",
      "Each answer has a budget of tokens, names the command line that prints the",
      "same, and says loudly where it was cut. pprof help agents is for agents that",
      "have a shell.",
    ],
  },
  {
    name: "help",
    words: "[TOPIC]",
    help: "Explain a command, a flag or an option; agents: how they use the tool",
    details: [],
  },
  {
    name: "completion",
    words: "bash|zsh|fish",
    help: "Print a script that completes pprof in your shell",
    details: [
      "bash: pprof completion bash > ~/.local/share/bash-completion/completions/pprof",
      "zsh:  pprof completion zsh > ~/.zfunc/_pprof   (with ~/.zfunc in fpath)",
      "fish: pprof completion fish > ~/.config/fish/completions/pprof.fish",
    ],
  },
  {
    name: "man",
    words: "",
    help: "Print all of this as a manual page (pipe it to man -l -)",
    details: [],
  },
];

/** A subcommand as it is typed. */
export function synopsis({ name, words }: SubcommandRow): string {
  return `pprof ${name} ${words}`.trimEnd();
}
