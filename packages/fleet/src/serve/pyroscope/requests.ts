/** The requests of `SCHEMA` as they are in memory; what is optional there and did not come is undefined. */
export interface StacktracesRequest {
  readonly profileTypeID: string;
  readonly labelSelector: string;
  readonly start: number;
  readonly end: number;
  readonly maxNodes: number;
  /** A row of ProfileFormat. */
  readonly format: number;
  readonly stackTraceSelector?: StackTraceSelector;
  readonly profileIdSelector: readonly string[];
}

export interface SpanProfileRequest extends Omit<StacktracesRequest, "stackTraceSelector" | "profileIdSelector"> {
  readonly spanSelector: readonly string[];
}

export interface StackTraceSelector {
  readonly callSite: readonly { readonly name: string }[];
  readonly goPgo?: object;
}

export interface SeriesOverTimeRequest extends Omit<StacktracesRequest, "maxNodes" | "format" | "profileIdSelector"> {
  readonly groupBy: readonly string[];
  /** Seconds. */
  readonly step: number;
  /** A row of Aggregation. */
  readonly aggregation: number;
  readonly limit: number;
}

export interface LabelsRequest {
  readonly matchers: readonly string[];
  readonly start: number;
  readonly end: number;
}

export interface LabelValuesRequest extends LabelsRequest {
  readonly name: string;
}

export interface SeriesRequest extends LabelsRequest {
  readonly labelNames: readonly string[];
}

export interface DiffRequest {
  readonly left?: StacktracesRequest;
  readonly right?: StacktracesRequest;
}
