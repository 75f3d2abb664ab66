import { type DiscoveredModel, type Flavour, loadModel } from '@berth/formats';
import type { Model, ModelMetadata } from '@berth/inference';
import { openPartReader, type Part, type PartReader, type PartSource, type RejectedRow } from '@berth/tables';
import { answerColumns, outputHeader, outputText } from './output-rows.ts';
import type { ScorePlan } from './plan.ts';
import { scoreBatch } from './score-batch.ts';

/** Which model, and how it is loaded; plain data. */
export interface ModelChoice {
  readonly model: DiscoveredModel;
  readonly flavour: Flavour;
  readonly predictProba: boolean;
}

/** What a thread must know to score parts of a table; plain data. */
export interface ScoreJob {
  readonly choice: ModelChoice;
  readonly source: PartSource;
  readonly plan: ScorePlan;
  readonly header: readonly string[];
}

/** A part, scored. */
export interface ScoredPart {
  /** Rows of the output, UTF-8. */
  readonly text: Uint8Array<ArrayBuffer>;
  readonly scored: number;
  readonly failed: readonly RejectedRow[];
}

/** Loads the model for a job. */
export function loadChoice(choice: ModelChoice, onWarning?: (message: string) => void): Promise<Model> {
  const { model, flavour, predictProba } = choice;
  return loadModel(model, { name: model.name, flavour, predictProba, ...(onWarning && { onWarning }) });
}

/** Reads, scores and writes parts, one after the other. */
export class PartScorer {
  readonly #job: ScoreJob;
  readonly #reader: PartReader;
  readonly #model: Model;

  private constructor(job: ScoreJob, reader: PartReader, model: Model) {
    this.#job = job;
    this.#reader = reader;
    this.#model = model;
  }

  static async open(job: ScoreJob): Promise<PartScorer> {
    const model = await loadChoice(job.choice);
    return new PartScorer(job, await openPartReader(job.source), model);
  }

  async score(part: Part): Promise<ScoredPart> {
    const { plan, header } = this.#job;
    const batch = await this.#reader.read(part);
    const result = await scoreBatch(this.#model, plan, batch);
    const first = result.scored[0];
    if (first !== undefined) sameColumns(this.#model.metadata, plan, first.response, header);
    const text = new TextEncoder().encode(outputText(plan, header, batch, result));
    return { text, scored: batch.rows - result.failed.length + batch.rejected.length, failed: result.failed };
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#model.close();
  }
}

/** All rows of the output have the columns that its header says. */
function sameColumns(
  metadata: ModelMetadata,
  plan: ScorePlan,
  response: Parameters<typeof answerColumns>[1],
  header: readonly string[],
): void {
  const now = outputHeader(plan, answerColumns(metadata, response));
  if (now.length !== header.length)
    throw new Error(`the model answered ${now.length} columns, before ${header.length}`);
}
