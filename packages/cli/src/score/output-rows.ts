import {
  bfloat16ToNumber,
  bytesToText,
  halfToNumber,
  type InferResponse,
  type ModelMetadata,
  type Tensor,
} from '@berth/inference';
import { type Batch, type CsvValue, csvCell, csvRow, float32Text } from '@berth/tables';
import { CommandError } from '../terminal/exit-codes.ts';
import type { ScorePlan } from './plan.ts';
import type { ScoredBatch } from './score-batch.ts';

/** More columns than this are no table. */
const MAX_COLUMNS = 65_536;

/** The names of the columns that an answer makes: the output's name, or that and the class or the number of each value. */
export function answerColumns(metadata: ModelMetadata, response: InferResponse): string[] {
  return response.outputs.flatMap((tensor) => {
    const width = widthOf(tensor);
    if (tensor.shape.length === 1) return [tensor.name];
    const spec = metadata.outputs.find((output) => output.name === tensor.name);
    const labels = [spec?.labels, metadata.classes].find((one) => one?.length === width);
    if (width > MAX_COLUMNS) throw new CommandError(`the output "${tensor.name}" has ${width} values a row`);
    return Array.from({ length: width }, (_, i) => `${tensor.name}_${labels?.[i] ?? i}`);
  });
}

function widthOf({ shape }: Tensor): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** All columns of the output. */
export function outputHeader(plan: ScorePlan, answers: readonly string[]): string[] {
  const kept = plan.wanted.slice(plan.features.length).map((column) => column.name);
  return [...(plan.hasRowNumber ? ['row'] : []), ...kept, ...answers];
}

/** The first line of the output. */
export function headerText(plan: ScorePlan, header: readonly string[]): string {
  return plan.writer === 'csv' ? csvRow(header) : '';
}

/** The scored rows of a batch as text, in the file's order. */
export function outputText(plan: ScorePlan, header: readonly string[], batch: Batch, { scored }: ScoredBatch): string {
  const kept = batch.columns.slice(plan.features.length);
  const keys = header.map((name) => `${JSON.stringify(name)}:`);
  const lines: (string | undefined)[] = new Array(batch.rows);
  const isCsv = plan.writer === 'csv';
  const write = isCsv ? csvCell : jsonValue;
  for (const { rows, response } of scored) {
    const readers = response.outputs.flatMap((tensor) => cellReaders(tensor, isCsv));
    const count = 'start' in rows ? rows.end - rows.start : rows.length;
    for (let i = 0; i < count; i++) {
      const row = 'start' in rows ? rows.start + i : rows[i];
      const cells: string[] = plan.hasRowNumber ? [String(batch.rowNumbers[row])] : [];
      for (const { values } of kept) cells.push(isCsv ? csvCell(values[row]) : keptValue(values[row]));
      for (const read of readers) cells.push(read(i, write));
      lines[row] = isCsv ? csvLine(cells) : `{${cells.map((cell, c) => keys[c] + cell).join(',')}}\n`;
    }
  }
  return lines.join('');
}

/** A row of one empty cell would be a blank line. */
function csvLine(cells: readonly string[]): string {
  return cells.length === 1 && cells[0] === '' ? '""\n' : `${cells.join(',')}\n`;
}

type Write = (value: CsvValue) => string;
type Read = (row: number, write: Write) => string;

function cellReaders(tensor: Tensor, isCsv: boolean): Read[] {
  const width = widthOf(tensor);
  const { data, datatype } = tensor;
  const at = valueReader(tensor);
  return Array.from({ length: width }, (_, i): Read => {
    if (datatype !== 'FP32') return (row, write) => write(at(row * width + i));
    const floats = data as Float32Array;
    return (row, write) => {
      const value = floats[row * width + i];
      return Number.isFinite(value) ? float32Text(value) : isCsv ? csvCell(value) : write(value);
    };
  });
}

function valueReader({ data, datatype, name }: Tensor): (index: number) => CsvValue {
  if (Array.isArray(data)) return (index) => bytesToText(data[index], name);
  if (datatype === 'BOOL') return (index) => data[index] === 1;
  if (datatype === 'FP16') return (index) => halfToNumber(data[index] as number);
  if (datatype === 'BF16') return (index) => bfloat16ToNumber(data[index] as number);
  return (index) => data[index];
}

/** A value in JSON: numbers that JSON has no word for are null, integers beyond 2^53 keep their digits. */
function jsonValue(value: CsvValue): string {
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value ?? null);
}

/** A kept cell: what is written as JSON would write a number stays one. */
function keptValue(value: number | string | undefined): string {
  if (typeof value === 'string' && value.length < 17 && String(Number(value)) === value) return value;
  return jsonValue(value);
}
