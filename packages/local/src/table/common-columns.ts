import { at, type Column, cell, column, listAt } from './column.ts';
import { age } from './human-duration.ts';

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique in its namespace.',
  priority: 0,
  read: (object) => object.metadata.name,
};

export const AGE: Column = column('Age', 'How long ago the object was made.', (object, now) =>
  age(object.metadata.creationTimestamp, now),
);

/** An age that CustomResourceDefinitions call a date; the cell is text all the same. */
export const AGE_AS_DATE: Column = { ...AGE, type: 'date' };

export const URL: Column = column('URL', 'Where clients reach it.', (object) => cell(at(object, 'status', 'url')));

export const READY: Column = column('Ready', 'Whether it works: True, False or Unknown.', (object) =>
  cell(condition(object, 'Ready')?.status),
);

/** The condition of that type, where the object has it. */
export function condition(object: unknown, type: string): Readonly<Record<string, unknown>> | undefined {
  return listAt(object, 'status', 'conditions').find((one) => one.type === type);
}
