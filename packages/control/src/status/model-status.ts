import type { FailureInfo, ModelStateName, ModelStatus } from '@berth/api';
import { timestamp } from './conditions.ts';
import type { Progress } from './failure.ts';

/** What KServe's `modelStatus` is made from. */
export interface ModelFacts {
  readonly predictor: Progress;
  /** The model that requests get now. */
  readonly active: 'none' | 'loaded' | 'standby';
  /** How far the model of the spec is, while it is neither ready nor failed. */
  readonly target: 'Pending' | 'Loading';
  readonly totalCopies: number;
  readonly failedCopies: number;
  /** It can not be served by any means, e.g. no runtime knows its format. */
  readonly isInvalidSpec: boolean;
}

/** KServe's `status.modelStatus`. A failure that stays the same keeps its time. */
export function modelStatusOf(facts: ModelFacts, now: Date, before: ModelStatus | undefined): ModelStatus {
  const { predictor } = facts;
  const active: ModelStateName =
    facts.active === 'loaded' ? 'Loaded' : facts.active === 'standby' ? 'Standby' : 'Pending';
  const copies = { failedCopies: facts.failedCopies, totalCopies: facts.totalCopies };
  switch (predictor.state) {
    case 'ready':
      return { transitionStatus: 'UpToDate', states: { activeModelState: active, targetModelState: active }, copies };
    case 'waiting':
      return {
        transitionStatus: 'InProgress',
        states: { activeModelState: facts.active === 'none' ? facts.target : active, targetModelState: facts.target },
        copies,
      };
    default: {
      const { failure } = predictor;
      const info: FailureInfo = {
        reason: failure.kserveReason,
        message: failure.message,
        ...(failure.location === undefined ? {} : { location: failure.location }),
        ...(failure.revision === undefined ? {} : { modelRevisionName: failure.revision }),
        time: timestamp(now),
        ...(failure.exitCode === undefined ? {} : { exitCode: failure.exitCode }),
      };
      const earlier = before?.lastFailureInfo;
      if (earlier !== undefined && earlier.message === info.message && earlier.reason === info.reason) {
        info.time = earlier.time;
      }
      return {
        transitionStatus: facts.isInvalidSpec ? 'InvalidSpec' : 'BlockedByFailedLoad',
        states: {
          activeModelState: facts.active === 'none' ? 'FailedToLoad' : active,
          targetModelState: 'FailedToLoad',
        },
        lastFailureInfo: info,
        copies: { failedCopies: Math.max(1, copies.failedCopies), totalCopies: Math.max(1, copies.totalCopies) },
      };
    }
  }
}
