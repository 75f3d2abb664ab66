/** One step of a node, as far as it is checked. */
export interface GraphStep {
  readonly name?: string | null;
  readonly nodeName?: string | null;
  readonly serviceName?: string | null;
  readonly serviceUrl?: string | null;
  readonly data?: string | null;
  readonly weight?: number | null;
  readonly condition?: string | null;
  readonly dependency?: 'Soft' | 'Hard' | null;
  readonly mapPredictionsToInstances?: boolean | null;
}

/** One node: what it does with its steps. */
export interface GraphNode {
  readonly routerType: 'Sequence' | 'Splitter' | 'Ensemble' | 'Switch';
  readonly steps?: readonly GraphStep[] | null;
}

/** The node that a request enters by. */
export const ROOT_NODE = 'root';
