import { fromBinary, toJson } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  ConfigMapSchema,
  DeleteOptionsSchema,
  NamespaceSchema,
  SecretSchema,
  SelfSubjectAccessReviewSchema,
  SelfSubjectReviewSchema,
  SelfSubjectRulesReviewSchema,
  ServiceAccountSchema,
  UnknownSchema,
} from '../../gen/kubernetes_body_pb.ts';

const MAGIC = Buffer.from('k8s\0', 'latin1');

// biome-ignore lint/suspicious/noExplicitAny: the table holds messages of any shape
const MESSAGES: ReadonlyMap<string, GenMessage<any>> = new Map<string, GenMessage<any>>([
  ['Secret', SecretSchema],
  ['ConfigMap', ConfigMapSchema],
  ['Namespace', NamespaceSchema],
  ['ServiceAccount', ServiceAccountSchema],
  ['SelfSubjectAccessReview', SelfSubjectAccessReviewSchema],
  ['SelfSubjectRulesReview', SelfSubjectRulesReviewSchema],
  ['SelfSubjectReview', SelfSubjectReviewSchema],
  ['DeleteOptions', DeleteOptionsSchema],
]);

/**
 * The object of a protobuf body, as its JSON would be; undefined for a kind that is read as JSON and YAML only.
 * @throws Error where the bytes are no such message
 */
export function decodeProtobuf(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw new Error('it does not begin as Kubernetes writes protobuf');
  const { typeMeta, raw, contentEncoding } = fromBinary(UnknownSchema, bytes.subarray(MAGIC.length));
  const schema = MESSAGES.get(typeMeta?.kind ?? '');
  if (schema === undefined || contentEncoding !== '') return undefined;
  // Empty fields are left out: Go writes them all, and absent is what they mean.
  const object = toJson(schema, fromBinary(schema, raw)) as Record<string, unknown>;
  return { apiVersion: typeMeta?.apiVersion ?? '', kind: typeMeta?.kind ?? '', ...prune(object) };
}

/** Numbers of 64 bits are text in protobuf's JSON and numbers in Kubernetes'; empty messages go. */
function prune(object: Record<string, unknown>): Record<string, unknown> {
  const grace = object.gracePeriodSeconds;
  const kept = Object.entries(object).filter(([, value]) => !isEmpty(value));
  return { ...Object.fromEntries(kept), ...(typeof grace === 'string' && { gracePeriodSeconds: Number(grace) }) };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
