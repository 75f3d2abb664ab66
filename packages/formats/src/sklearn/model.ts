import {
  InferenceError,
  type InferRequest,
  type InferResponse,
  invalidInput,
  type Model,
  type ModelMetadata,
  type Tensor,
} from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import type { Estimator, Table } from './estimator.ts';
import { InputReader } from './input.ts';
import type { LoadedEstimator } from './load.ts';
import { describeModel } from './metadata.ts';
import { arrayDatatype, arrayToTensor, tableToTensor } from './output.ts';

type Compute = (x: Table) => readonly Tensor[];

/**
 * A scikit-learn estimator behind the server's contract. Outputs are its methods: `predict`, `predict_proba`,
 * `predict_log_proba`, `decision_function`, `transform`. A multi-output classifier's probabilities are one tensor a
 * target, `predict_proba_0`, `predict_proba_1`, …: each can be asked for, and `predict_proba` gives them all.
 */
export class SklearnModel implements Model {
  readonly metadata: ModelMetadata;
  readonly #reader: InputReader;
  readonly #compute: ReadonlyMap<string, Compute>;
  readonly #default: Compute;

  constructor(loaded: LoadedEstimator, options: { readonly predictProba?: boolean } = {}) {
    const { estimator } = loaded;
    this.#reader = new InputReader(estimator);
    this.#compute = computations(estimator);
    this.metadata = describeModel(loaded, options.predictProba === true, (output, x) =>
      (this.#compute.get(output) as Compute)(x),
    );
    const [first] = this.metadata.defaultOutputs;
    this.#default = this.#compute.get(first.startsWith('predict_proba_') ? 'predict_proba' : first) as Compute;
  }

  infer(request: InferRequest): InferResponse {
    const { outputs } = request;
    if (outputs.length === 0) return { outputs: this.#guard(this.#default, this.#reader.read(request)) };
    const wanted = outputs.map((name) => {
      const compute = this.#compute.get(name) ?? this.#oneTarget(name);
      if (compute === undefined) {
        throw invalidInput(
          `the model has no output "${name}"; it has ${this.metadata.outputs.map((output) => output.name).join(', ')}`,
        );
      }
      return compute;
    });
    const table = this.#reader.read(request);
    return { outputs: wanted.flatMap((compute) => this.#guard(compute, table)) };
  }

  /** One target of an output that gives a tensor a target. */
  #oneTarget(name: string): Compute | undefined {
    if (!this.metadata.outputs.some((output) => output.name === name)) return undefined;
    const all = this.#compute.get(name.replace(/_\d+$/, ''));
    return all && ((x) => all(x).filter((tensor) => tensor.name === name));
  }

  /** A fault of ours must not look like the client's, and its text may hold anything. */
  #guard(compute: Compute, table: Table): readonly Tensor[] {
    try {
      return compute(table);
    } catch (error) {
      throw InferenceError.from(error);
    }
  }

  async close(): Promise<void> {}
}

function computations(estimator: Estimator): Map<string, Compute> {
  const out = new Map<string, Compute>();
  const { predict, predictProba, predictLogProba, decisionFunction, transform } = estimator;
  if (predict !== undefined) {
    // Object labels have no datatype of their own: the classes' decides, so that no answer differs from the metadata.
    const [labels] = estimator.classes ?? [];
    const datatype = labels?.dtype.kind === 'O' ? arrayDatatype(labels) : undefined;
    out.set('predict', (x) => [arrayToTensor('predict', predict.call(estimator, x), datatype)]);
  }
  if (predictProba !== undefined) addProba(out, 'predict_proba', (x) => predictProba.call(estimator, x), estimator);
  if (predictLogProba !== undefined) {
    addProba(out, 'predict_log_proba', (x) => predictLogProba.call(estimator, x), estimator);
  }
  if (decisionFunction !== undefined) {
    out.set('decision_function', (x) => [arrayToTensor('decision_function', decisionFunction.call(estimator, x))]);
  }
  if (transform !== undefined) out.set('transform', (x) => [tableToTensor('transform', transform.call(estimator, x))]);
  return out;
}

function addProba(
  out: Map<string, Compute>,
  name: string,
  compute: (x: Table) => NdArray | readonly NdArray[],
  estimator: Estimator,
): void {
  out.set(name, (x) => {
    const result = compute(x);
    if (result instanceof NdArray) return [arrayToTensor(name, result)];
    return result.map((one, i) => arrayToTensor(`${name}_${i}`, one));
  });
  const targets = estimator.classes?.length ?? 1;
  if (targets < 2) return;
  for (let i = 0; i < targets; i++) {
    out.set(`${name}_${i}`, (x) => {
      const result = compute(x);
      return [arrayToTensor(`${name}_${i}`, result instanceof NdArray ? result : result[i])];
    });
  }
}
