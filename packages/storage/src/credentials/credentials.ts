/** A Secret as the API has it: `data` in base64, `stringData` as text (which wins). */
export interface SecretSource {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> | undefined };
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly stringData?: Readonly<Record<string, string>> | undefined;
}

export interface ServiceAccountSource {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> | undefined };
  readonly secrets?: readonly { readonly name?: string | undefined }[] | undefined;
}

export interface ConfigMapSource {
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** KServe's `storage:` block. */
export interface StorageSpec {
  readonly key?: string | undefined;
  readonly path?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** The `credentials` value of `inferenceservice-config`, parsed; every key may be absent. */
export interface CredentialConfig {
  readonly storageSpecSecretName?: string;
  readonly storageSecretNameAnnotation?: string;
  readonly s3?: Readonly<Record<string, string>>;
  readonly gcs?: Readonly<Record<string, string>>;
}

/** A ClusterStorageContainer, as far as it speaks of URIs. */
export interface StorageContainerSource {
  readonly metadata: { readonly name: string };
  readonly disabled?: boolean | undefined;
  readonly spec?:
    | {
        readonly supportedUriFormats?:
          | readonly { readonly prefix?: string | undefined; readonly regex?: string | undefined }[]
          | undefined;
      }
    | undefined;
}

/** Everything that says how a model's storage is reached. Lookups answer undefined for what does not exist. */
export interface CredentialsInput {
  /** The service's storage URI, so that what is wrong with another cloud's settings is a warning only. */
  readonly uri?: string | undefined;
  /** The service's annotations. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Name that the service asks for; default `default`. */
  readonly serviceAccountName?: string | undefined;
  readonly serviceAccount?: ServiceAccountSource | undefined;
  readonly secret: (name: string) => SecretSource | undefined;
  readonly configMap: (name: string) => ConfigMapSource | undefined;
  readonly storage?: StorageSpec | undefined;
  /** The component's own environment; what speaks of storage in it wins over the Secrets. */
  readonly env: Readonly<Record<string, string>>;
  readonly config?: CredentialConfig | undefined;
  /** Those of the cluster; the ones that KServe would run for this URI are told about. */
  readonly storageContainers?: readonly StorageContainerSource[] | undefined;
  /** `caBundleConfigMapName` of `inferenceservice-config`'s storageInitializer. */
  readonly caBundleConfigMapName?: string | undefined;
}

/** What a download needs. Secret values are in `env` and `files` only, never in messages. */
export interface Credentials {
  /** By KServe's names: AWS_ACCESS_KEY_ID, S3_VERIFY_SSL, AZURE_CLIENT_ID, HF_TOKEN, `<host>-headers` … */
  readonly env: Readonly<Record<string, string>>;
  /** Contents of files that `env` names, by their path in KServe's init container. Nothing is written to a disk. */
  readonly files: Readonly<Record<string, string>>;
  /** PEM texts that are trusted beside the system's CAs. */
  readonly caBundles: readonly string[];
  readonly warnings: readonly string[];
  /** The URI that a `storage:` block stands for. */
  readonly uri?: string;
  /** Nothing should be downloaded before this is put right. */
  readonly error?: CredentialsError;
}

export interface CredentialsError {
  readonly reason: 'SecretNotFound' | 'InvalidCredentials' | 'InvalidStorageSpec' | 'StorageNotSupported';
  readonly message: string;
}

/** No credentials at all. */
export const NO_CREDENTIALS: Credentials = { env: {}, files: {}, caBundles: [], warnings: [] };
