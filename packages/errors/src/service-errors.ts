import type { ErrorTable } from './error-entry.ts';

/** Why an InferenceService, a replica or a TrainedModel is not ready: reasons of conditions, events and pods. */
export const SERVICE_ERRORS = {
  NoSupportingRuntime: {
    what: 'No ServingRuntime serves the model format, version and protocol that the service asks for.',
    todo: 'Correct `modelFormat`, or name a runtime; `berth get servingruntimes,clusterservingruntimes` lists them.',
  },
  RuntimeNotRecognized: {
    what: 'The runtime that the service names does not exist.',
    todo: 'Check `spec.predictor.model.runtime`; `berth get clusterservingruntimes` lists them.',
  },
  RuntimeDisabled: {
    what: 'The runtime that the service names is disabled.',
    todo: 'Enable it, or name another.',
  },
  InvalidPredictorSpec: {
    what: 'The predictor can not be run as it is written.',
    todo: 'Mend the field that the message names.',
  },
  CustomPredictorNotSupported: {
    what: 'The predictor is a container that this way of serving does not run.',
    todo: 'Start the platform (`berth up`), which runs commands and images.',
  },
  TransformerNotSupported: {
    what: 'The service has a transformer, which Berth does not run yet.',
    todo: 'Remove `spec.transformer`, or run it as a service of its own.',
  },
  ExplainerNotSupported: {
    what: 'The service has an explainer, which Berth does not run yet.',
    todo: 'Remove `spec.explainer`, or run it as a service of its own.',
  },
  NotServedYet: {
    what: 'The resource is stored and checked; nothing serves its kind yet.',
    todo: 'Nothing: it starts to work with the release that serves it.',
  },
  NeedsContainerEngine: {
    what: 'The runtime is an image without a command, and this machine has no podman, docker or nerdctl.',
    todo: 'Install podman, give the container a `command`, or choose a runtime that Berth serves natively.',
  },
  ErrImagePull: {
    what: 'The container engine could not get the image.',
    todo: 'Check the image’s name and tag and the credentials; the message has the engine’s own words.',
  },
  InvalidImageName: {
    what: 'The container engine does not take the name of the image.',
    todo: 'A name is `registry/repository:tag` in lower case; the message has the engine’s own words.',
  },
  ImagePullBackOff: {
    what: 'The container engine could not get the image and will try again later.',
    todo: 'Check the image’s name and tag and the credentials.',
  },
  CreateContainerError: {
    what: 'The container engine refused to make the container.',
    todo: 'The message has the engine’s own words.',
  },
  CreateContainerConfigError: {
    what: 'The environment or the mounts of the container name something that does not exist.',
    todo: 'Create the Secret, ConfigMap or key that the message names; it is tried again by itself.',
  },
  CommandNotAllowed: {
    what: 'The platform was started with `--deny-commands`, and the runtime brings a command of its own.',
    todo: 'Choose a built-in runtime, or let the operator start the platform without it.',
  },
  CommandNotFound: {
    what: 'The first word of the container’s command is no program here.',
    todo: 'Install it, or write its whole path; PATH is what the container’s environment says.',
  },
  CrashLoopBackOff: {
    what: 'The process of a replica ends again and again; it is started anew after a growing pause.',
    todo: 'The message has its last lines; `berth logs NAME` has all.',
  },
  ModelLoadFailed: {
    what: 'The model, or the process that should serve it, ended or failed before it was ready.',
    todo: 'The message has the reason or the last lines of its log.',
  },
  RuntimeUnhealthy: {
    what: 'The process of the replica runs, and its probe fails.',
    todo: 'The message has the probe’s answer; `berth logs NAME` has what it wrote.',
  },
  Unhealthy: {
    what: 'A probe of the replica failed.',
    todo: 'Look at its log: `berth logs NAME`.',
  },
  OOMKilled: {
    what: 'The process was ended because it used more memory than its limit.',
    todo: 'Raise `resources.limits.memory`, or serve fewer or smaller models in it.',
  },
  ModelDamaged: {
    what: 'The downloaded files of the revision are no longer what was downloaded.',
    todo: 'They are fetched again; check the disk if it happens more than once.',
  },
  RevisionFilesGone: {
    what: 'The files of the revision were removed, and its storage URI holds other bytes now.',
    todo: 'Apply the service again with the bytes that should be served.',
  },
  SecretNotFound: {
    what: 'The service account or the storage spec names a Secret that does not exist.',
    todo: 'Create it in the service’s namespace; it is read by itself then.',
  },
  InvalidCredentials: {
    what: 'A Secret is there, and what it holds are no credentials for the storage.',
    todo: 'Compare its keys with docs/storage.md.',
  },
  CanariesNotReady: {
    what: 'A named variant of the service is not ready.',
    todo: '`berth describe isvc NAME` tells which and why.',
  },
  PredictorNotReady: {
    what: 'The predictor is not ready, and with it the service.',
    todo: 'The condition PredictorReady tells why.',
  },
  ReplicasNotReady: {
    what: 'Fewer replicas than wanted are ready.',
    todo: '`berth get pods` shows each with its reason.',
  },
  MemoryResourceNotAvailable: {
    what: 'The TrainedModel alone takes more memory than its InferenceService has for all of its models.',
    todo: 'Raise the memory limit of the service’s predictor, or delete the TrainedModel and make it again with less `spec.model.memory`.',
  },
  InferenceServiceNotReady: {
    what: 'The InferenceService that the TrainedModel names is not there or not ready.',
    todo: 'Apply it, or see `berth describe isvc NAME`; the TrainedModel waits for it.',
  },
  InvalidName: {
    what: 'A TrainedModel of an older Berth has a name that can not be a file’s, and is not loaded.',
    todo: 'Delete it, and make it again under a name of lower-case letters, digits and `-`.',
  },
  IsNotMMSPredictor: {
    what: 'The InferenceService that the TrainedModel names has a model of its own.',
    todo: 'Name one whose predictor has no `storageUri`, `storage` or `storageUris`, e.g. `predictor: {sklearn: {}}`; see docs/multi-model.md.',
  },
  FieldWithoutEffect: {
    what: 'A field of the spec has no effect here.',
    todo: 'Nothing, if you know; remove it otherwise.',
  },
} as const satisfies ErrorTable;
