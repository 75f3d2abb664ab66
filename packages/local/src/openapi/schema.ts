/** A schema in the words that OpenAPI v2 and v3 share. `$ref` is the bare name of a definition. */
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema;
  additionalProperties?: Schema;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
  [extension: `x-kubernetes-${string}`]: unknown;
}

/** How Kubernetes names a kind. */
export interface GroupVersionKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

/** Schemas by their full names, e.g. `io.k8s.api.core.v1.ConfigMap`. */
export type Definitions = ReadonlyMap<string, Schema>;
