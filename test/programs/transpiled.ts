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

const job: Job = { mode: Mode.Busy, millis: 40 };
// Node calls it, which V8 does not inline it into.
setInterval(burn, 50, job);
