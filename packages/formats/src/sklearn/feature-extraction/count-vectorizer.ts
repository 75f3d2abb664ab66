import { PyDict, PyObject, PySet, type PyValue } from '../../pickle/values.ts';
import type { BuildContext, Estimator, EstimatorClass, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted, listItems, scalarNumber } from '../fitted.ts';
import { dtypeParameter } from '../preprocessing/one-hot-encoder.ts';
import { readAnalyzer } from './analyzer.ts';
import { readDocuments } from './documents.ts';
import { SparseRows } from './term-counts.ts';

/** The column of each term: `vocabulary_`, or the vocabulary that was given. */
function readVocabulary(fitted: Fitted): ReadonlyMap<string, number> {
  const value = fitted.raw('vocabulary_') ?? fitted.raw('vocabulary');
  const terms = new Map<string, number>();
  if (value instanceof PyDict || (value instanceof PyObject && value.dictItems.entries.size > 0)) {
    const { entries } = value instanceof PyDict ? value : value.dictItems;
    for (const [term, column] of entries) addTerm(terms, term, scalarNumber(column), entries.size, fitted);
    return terms;
  }
  const items = value instanceof PySet ? [...value.items].sort() : listItems(value);
  if (items === undefined) fitted.corrupt('"vocabulary_" is missing; was it fitted before it was saved?');
  items.forEach((term, column) => {
    addTerm(terms, term, column, items.length, fitted);
  });
  return terms;
}

function addTerm(
  terms: Map<string, number>,
  term: PyValue,
  column: number | undefined,
  size: number,
  fitted: Fitted,
): void {
  if (typeof term !== 'string' || column === undefined || !(column >= 0 && column < size)) {
    fitted.corrupt(`"vocabulary_" has no valid column for ${String(term).slice(0, 40)}`);
  }
  terms.set(term, column);
}

/** Term counts, or 1 where `binary`; terms that are not in the vocabulary do not count. */
function readCounter(fitted: Fitted): { vocabulary: ReadonlyMap<string, number>; count(table: Table): SparseMatrix } {
  if (fitted.text('input', 'content') !== 'content')
    fitted.unsupported(`input="${fitted.text('input')}" (it opens files)`);
  const vocabulary = readVocabulary(fitted);
  const analyze = readAnalyzer(fitted);
  const binary = fitted.flag('binary', false);
  const dtype = dtypeParameter(fitted.raw('dtype'));
  return {
    vocabulary,
    count(table) {
      const rows = new SparseRows();
      for (const document of readDocuments(table, fitted.className)) {
        const counts = new Map<number, number>();
        for (const term of analyze(document)) {
          const column = vocabulary.get(term);
          if (column !== undefined) counts.set(column, binary ? 1 : (counts.get(column) ?? 0) + 1);
        }
        rows.add(counts);
      }
      return rows.build(vocabulary.size, dtype);
    },
  };
}

function namesOf(vocabulary: ReadonlyMap<string, number>): readonly string[] {
  const names: string[] = new Array(vocabulary.size);
  for (const [term, column] of vocabulary) names[column] = term;
  return names;
}

const countVectorizer: EstimatorClass = {
  modules: ['sklearn.feature_extraction.text'],
  name: 'CountVectorizer',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const { vocabulary, count } = readCounter(fitted);
    return {
      ...estimatorBase(fitted, 'transformer'),
      takesDocuments: true,
      transform: count,
      featureNamesOut: () => namesOf(vocabulary),
    };
  },
};

/** Counts, weighted by the fitted TfidfTransformer inside. */
const tfidfVectorizer: EstimatorClass = {
  modules: ['sklearn.feature_extraction.text'],
  name: 'TfidfVectorizer',
  build(object, context: BuildContext): Estimator {
    const fitted = new Fitted(object);
    const { vocabulary, count } = readCounter(fitted);
    const weight = context.build(fitted.raw('_tfidf') ?? null, 'the weighting of TfidfVectorizer').transform;
    return {
      ...estimatorBase(fitted, 'transformer'),
      takesDocuments: true,
      transform: (table) => weight?.(count(table)) ?? count(table),
      featureNamesOut: () => namesOf(vocabulary),
    };
  },
};

export const countVectorizerClasses: readonly EstimatorClass[] = [countVectorizer, tfidfVectorizer];
