import type { EstimatorClass } from '../estimator.ts';
import { svcClasses } from './svc.ts';
import { svrClasses } from './svr.ts';

/** `sklearn.svm`, the part that libsvm computes. */
export const SVM: readonly EstimatorClass[] = [...svcClasses, ...svrClasses];
