import {
  type InferRequest,
  type InferResponse,
  invalidInput,
  type Model,
  type ModelMetadata,
  type Tensor,
  type TensorSpec,
} from '@berth/inference';

/** One output of a booster, computed on demand. */
export interface BoosterOutput<Rows> {
  readonly spec: TensorSpec;
  /** The values of all rows, row-major, in the array that belongs to the datatype. */
  compute(rows: Rows): Tensor['data'];
}

/** What makes a {@link Model} of a booster. */
export interface BoosterModelParts<Rows extends { readonly rows: number }> {
  readonly metadata: Omit<ModelMetadata, 'outputs'>;
  readonly outputs: readonly BoosterOutput<Rows>[];
  read(request: InferRequest): Rows;
}

/** A model whose outputs are functions of the same dense rows. */
export function boosterModel<Rows extends { readonly rows: number }>(parts: BoosterModelParts<Rows>): Model {
  const outputs = new Map(parts.outputs.map((output) => [output.spec.name, output] as const));
  const metadata: ModelMetadata = { ...parts.metadata, outputs: parts.outputs.map((output) => output.spec) };
  return {
    metadata,
    infer(request): InferResponse {
      const names = request.outputs.length > 0 ? request.outputs : metadata.defaultOutputs;
      const asked = names.map((name) => {
        const output = outputs.get(name);
        if (output !== undefined) return output;
        throw invalidInput(`this model has no output "${name}"; it has ${[...outputs.keys()].join(', ')}`);
      });
      const rows = parts.read(request);
      return {
        outputs: asked.map(({ spec, compute }) => ({
          name: spec.name,
          datatype: spec.datatype,
          shape: [rows.rows, ...spec.shape.slice(1)],
          data: compute(rows),
        })),
      };
    },
    async close() {},
  };
}

/** The spec of an output with `cols` values a row: [n] for one, as the libraries answer. */
export function outputSpec(
  name: string,
  datatype: TensorSpec['datatype'],
  cols: number,
  labels?: readonly string[],
): TensorSpec {
  const shape = cols === 1 ? [-1] : [-1, cols];
  return labels === undefined ? { name, datatype, shape } : { name, datatype, shape, labels };
}
