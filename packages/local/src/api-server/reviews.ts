import { REVIEWS } from '../discovery/reviews.ts';

const PATHS: ReadonlySet<string> = new Set(
  REVIEWS.map(({ group, version, plural }) => `/apis/${group}/${version}/${plural}`),
);

/** Whether questions are sent to that path. */
export function isReviewPath(path: string): boolean {
  return PATHS.has(path);
}

/**
 * Kubernetes' questions about oneself: whoever has the token may do everything. Undefined for any other path.
 */
export function reviewAnswer(path: string, body: unknown): Record<string, unknown> | undefined {
  const { spec } = (typeof body === 'object' && body !== null ? body : {}) as { spec?: unknown };
  const user = { username: 'berth:admin', groups: ['system:masters', 'system:authenticated'] };
  switch (path) {
    case '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews':
      return {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: {},
        spec,
        status: { allowed: true },
      };
    case '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': {
      const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
      const status = {
        incomplete: false,
        resourceRules: [everything],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      };
      return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', metadata: {}, spec, status };
    }
    case '/apis/authentication.k8s.io/v1/selfsubjectreviews':
      return {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'SelfSubjectReview',
        metadata: {},
        status: { userInfo: user },
      };
    default:
      return undefined;
  }
}
