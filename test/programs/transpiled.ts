// Run by loaders that transpile in memory: what is hot is the loop in `burn`, under an enum and types.
enum Mode {
  Idle = "idle",
  Busy = "busy",
}

interface Job {
  readonly mode: Mode;
  readonly millis: number;
}

function burn(job: Job): number {
  let sum = 0;
  const begun = Date.now();

  while (Date.now() - begun < job.millis) {
    if (job.mode === Mode.Idle) continue;
    for (let i = 0; i < 20_000; i++) sum += Math.sqrt(i) * Math.sin(i);
  }
  return sum;
}

function rest(job: Job): number {
  return job.millis;
}

// Two, so that V8 inlines neither into its caller.
const turns: readonly ((job: Job) => number)[] = [burn, rest];
let turn = 0;

setInterval(() => {
  const job: Job = { mode: Mode.Busy, millis: 40 };
  turns[turn++ % turns.length]!(job);
}, 25);
