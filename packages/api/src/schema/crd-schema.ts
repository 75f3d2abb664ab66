import generated from '../gen/crd-schemas.json' with { type: 'json' };

/** A field's type, as a CustomResourceDefinition gives it. Numbers are indexes into the table of types. */
export type SchemaType =
  | {
      readonly t: 'object';
      readonly fields: Readonly<Record<string, number>>;
      readonly required?: readonly string[];
      /** Server-side apply takes it as one field. */
      readonly atomic?: boolean;
    }
  | {
      readonly t: 'map';
      readonly of: number;
      /** Server-side apply takes it as one field. */
      readonly atomic?: boolean;
    }
  | {
      readonly t: 'list';
      readonly of: number;
      readonly min?: number;
      /** The fields that tell its items apart (x-kubernetes-list-map-keys). */
      readonly keys?: readonly string[];
      /** Whether its items are a set. A list that is neither is one field. */
      readonly set?: boolean;
    }
  | {
      readonly t: 'string';
      readonly enum?: readonly string[];
      readonly pattern?: string;
      readonly minLength?: number;
      readonly maxLength?: number;
    }
  | { readonly t: 'integer' | 'number'; readonly min?: number; readonly max?: number }
  | { readonly t: 'boolean' | 'quantity' | 'intOrString' | 'any' };

/** A kind that KServe defines. */
export interface KindSchema {
  readonly apiVersion: string;
  readonly plural: string;
  readonly scope: string;
  /** Index of the type of `spec`. */
  readonly spec: number;
  /** The fields beside `spec`. */
  readonly top: readonly string[];
  /** Index of the type of `status`, where the kind has one. */
  readonly status?: number;
}

const TYPES = generated.types as readonly SchemaType[];
const KINDS: ReadonlyMap<string, KindSchema> = new Map(Object.entries(generated.kinds));

/** KServe's kinds by name (InferenceService, ServingRuntime, …). */
export function kindSchema(kind: string): KindSchema | undefined {
  return KINDS.get(kind);
}

/** Every kind that KServe defines and Berth knows. */
export function knownKinds(): readonly string[] {
  return [...KINDS.keys()];
}

/** The type at an index of the table. */
export function schemaType(index: number): SchemaType {
  return TYPES[index] as SchemaType;
}
