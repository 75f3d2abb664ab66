interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** The answers to consecutive batches of rows as one answer; a single one stays byte for byte. */
export function joinAnswers(answers: readonly string[]): string {
  const [first] = answers;
  if (answers.length === 1 && first !== undefined) return first;
  const parsed = answers.map((text) => JSON.parse(text) as { predictions?: unknown[]; outputs?: Tensor[] });
  const [head] = parsed;
  if (head?.outputs === undefined) {
    return JSON.stringify({ ...head, predictions: parsed.flatMap((one) => one.predictions ?? []) });
  }
  const outputs = head.outputs.map((tensor, index) => {
    const parts = parsed.map((one) => one.outputs?.[index]);
    const rows = parts.reduce((sum, part) => sum + (part?.shape[0] ?? 0), 0);
    return { ...tensor, shape: [rows, ...tensor.shape.slice(1)], data: parts.flatMap((part) => part?.data ?? []) };
  });
  return JSON.stringify({ ...head, outputs });
}
