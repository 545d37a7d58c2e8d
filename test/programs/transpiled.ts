// Run by loaders that transpile in memory: what is hot is the loop in `burn`, under an enum and types.
enum Mode {
  Idle = "idle",
  Busy = "busy",
}

interface Job {
  readonly mode: Mode;
  readonly rounds: number;
}

function burn(job: Job): number {
  let sum = 0;
  if (job.mode === Mode.Idle) return sum;

  for (let i = 0; i < job.rounds; i++) {
    sum += Math.sqrt(i) * Math.sin(i);
  }
  return sum;
}

// Called for short, and among so many that V8 does not inline it: before Node 26 its time would be its caller's.
const jobs: readonly ((job: Job) => number)[] = [burn, () => 1, () => 2, () => 3, () => 4, () => 5];

setInterval(() => {
  const job: Job = { mode: Mode.Busy, rounds: 500 };
  for (let turn = 0; turn < 5000; turn++) jobs[turn % jobs.length]!(job);
}, 20);

async function waits(job: Job): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 1e6, job));
}

void waits({ mode: Mode.Idle, rounds: 0 });
