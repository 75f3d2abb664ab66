import { printable } from '../terminal/io.ts';

/** A server's answer for people or programs. JSON is passed through byte for byte, so that no number loses digits. */
export async function formatAnswer(text: string, output: string): Promise<string> {
  if (output === 'json') return text.endsWith('\n') ? text : `${text}\n`;
  const value: unknown = JSON.parse(text.replace(/(?<=[[,:\s])(-?Infinity|NaN)(?=[\],}\s])/g, '"$1"'));
  if (output === 'yaml') {
    const { toYaml } = await import('@berth/api');
    return toYaml(value);
  }
  return table(columnsOf(value));
}

interface Column {
  readonly name: string;
  readonly cells: readonly unknown[];
}

function columnsOf(value: unknown): Column[] {
  const { predictions, outputs } = value as {
    predictions?: unknown;
    outputs?: { name: string; shape: number[]; data: unknown[] }[];
  };
  if (Array.isArray(outputs)) return outputs.flatMap(tensorColumns);
  if (!Array.isArray(predictions)) return [{ name: 'answer', cells: [value] }];
  const [first] = predictions as unknown[];
  if (Array.isArray(first)) {
    return first.map((_, index) => ({
      name: String(index),
      cells: predictions.map((row) => (row as unknown[])[index]),
    }));
  }
  if (typeof first === 'object' && first !== null) {
    return Object.keys(first).map((name) => ({
      name,
      cells: predictions.map((row) => (row as Record<string, unknown>)[name]),
    }));
  }
  return [{ name: 'prediction', cells: predictions }];
}

function tensorColumns(tensor: { name: string; shape: number[]; data: unknown[] }): Column[] {
  const rows = tensor.shape[0] ?? 1;
  const data = tensor.data.flat(8);
  const width = rows === 0 ? 1 : Math.max(1, data.length / rows);
  return Array.from({ length: width }, (_, column) => ({
    name: width === 1 ? tensor.name : `${tensor.name}[${column}]`,
    cells: Array.from({ length: rows }, (_row, row) => data[row * width + column]),
  }));
}

function table(columns: readonly Column[]): string {
  const texts = columns.map(({ name, cells }) => [name, ...cells.map(cellText)].map(printable));
  const widths = texts.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const rows = Math.max(0, ...texts.map((cells) => cells.length));
  let out = '';
  for (let row = 0; row < rows; row++) {
    out += `${texts
      .map((cells, column) => (cells[row] ?? '').padEnd(widths[column] as number))
      .join('  ')
      .trimEnd()}\n`;
  }
  return out;
}

function cellText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
