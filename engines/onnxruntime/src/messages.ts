import type { BytesElement, Datatype, GraphSource, TensorData } from '@berth/inference';

/** A tensor as it travels between the server and a worker. */
export interface TensorMessage {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData | readonly BytesElement[];
}

/** What the server sends to a worker. */
export type ToWorker =
  | { readonly kind: 'end' }
  | { readonly kind: 'open'; readonly source: GraphSource; readonly threads: number }
  | {
      /** To a process: the bytes come through its channel, one file after the other. */
      readonly kind: 'receive';
      readonly modelBytes: number;
      readonly externalData: readonly { readonly path: string; readonly bytes: number }[];
      readonly threads: number;
    }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly inputs: readonly TensorMessage[];
      readonly outputs: readonly string[];
    };

/** What a worker answers. A `failed` open ends the worker, a `refused` run does not. */
export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly message: string; readonly missing: boolean }
  | { readonly kind: 'ran'; readonly id: number; readonly outputs: readonly TensorMessage[] }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string };

/** The file descriptor through which a process reads its graph: messages would be copied several times. */
export const GRAPH_CHANNEL = 4;
