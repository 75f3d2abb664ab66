/** Questions that are answered and never stored; `kubectl auth can-i` and `whoami` ask them. */
export interface ReviewInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

export const REVIEWS: readonly ReviewInfo[] = [
  review('authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews'),
  review('authorization.k8s.io', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews'),
];

function review(group: string, kind: string, plural: string): ReviewInfo {
  return { group, version: 'v1', kind, plural, isNamespaced: false };
}
