/** What of anything that grows is kept; what is beyond is refused or becomes `(other)`, and said. */
export interface Limits {
  /** Of a profile as it comes, and of what gzip makes of it. */
  readonly profileBytes: number;
  readonly unpackedBytes: number;
  readonly sampleTypes: number;
  readonly samples: number;
  /** Locations of a stack; of deeper ones the middle goes. */
  readonly depth: number;
  /** Labels of a process and of a sample. */
  readonly labels: number;
  /** UTF-8 bytes of the value of a label, of a comment, and of other texts that a profile says of itself. */
  readonly labelBytes: number;
  readonly comments: number;
  /** Sets of labels of a service at a time. */
  readonly series: number;
  /** Services of a tenant at a time. */
  readonly services: number;
  /** Different stacks, each with its labels, of a service in one window of three minutes. */
  readonly stacks: number;
  /** How far the time of arrival may lie ahead of this machine's clock. */
  readonly aheadMillis: number;
  /** Labels of samples that are left out: a value for each request makes each sample a stack of its own. */
  readonly droppedSampleLabels: readonly string[];
}

export const defaultLimits: Limits = {
  profileBytes: 16 << 20,
  unpackedBytes: 64 << 20,
  sampleTypes: 32,
  samples: 100_000,
  depth: 512,
  labels: 30,
  labelBytes: 2048,
  comments: 32,
  series: 2000,
  services: 5000,
  stacks: 200_000,
  aheadMillis: 10 * 60_000,
  droppedSampleLabels: ["trace_id", "span_id", "trace id", "span id", "local root span id", "end_timestamp_ns"],
};
