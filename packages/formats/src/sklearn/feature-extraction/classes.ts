import type { EstimatorClass } from '../estimator.ts';
import { countVectorizerClasses } from './count-vectorizer.ts';
import { dictVectorizer } from './dict-vectorizer.ts';
import { hashingClasses } from './hashing.ts';
import { tfidfTransformer } from './tfidf-transformer.ts';

/** `sklearn.feature_extraction`. */
export const FEATURE_EXTRACTION: readonly EstimatorClass[] = [
  ...countVectorizerClasses,
  tfidfTransformer,
  ...hashingClasses,
  dictVectorizer,
];
