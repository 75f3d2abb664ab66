/** Where this server answers another thing than the recorded peer, on purpose. */
export interface Difference {
  /** What we answer: a part of `CODE details` or of `OK message`. */
  readonly ours: string;
  readonly why: string;
}

const CLIENT_FAULT = 'what the sender can mend is INVALID_ARGUMENT or NOT_FOUND, never our own fault';
const MORE = 'offered here, though the peer does not have it';
const CLEARER = 'the text says what was sent and what to send instead';

/**
 * By flavour and the recording's name for the exchange. The replay fails for an entry that is no longer needed. A text
 * of ours that goes on after the recorded one, with what to do, counts as the same and needs no entry.
 */
export const DIFFERENCES: ReadonlyMap<string, Difference> = new Map([
  ['kserve/raw short', { ours: 'INVALID_ARGUMENT [request id: <id_unknown>] input byte size', why: CLIENT_FAULT }],
  ['kserve/bad dtype', { ours: "INVALID_ARGUMENT input 'INPUT0' has the datatype 'FLOAT'", why: CLEARER }],
  ['kserve/index', { ours: 'OK models {', why: MORE }],
  ['kserve/load unk', { ours: 'NOT_FOUND', why: 'the peer fails in its own error handling' }],
  ['kserve/unload unk', { ours: 'NOT_FOUND Model with name nope', why: "the peer reads MLServer's field as another" }],
  ['kserve/stats', { ours: 'OK model_stats {', why: MORE }],
  ['mlserver/modelready unk', { ours: 'NOT_FOUND', why: CLIENT_FAULT }],
  ['mlserver/model md', { ours: 'versions: "v1"', why: 'the recorded settings had another list of versions' }],
  ['mlserver/model md unk', { ours: 'NOT_FOUND Model nope not found', why: 'the text of MLServer over REST' }],
  ['mlserver/unk model', { ours: 'NOT_FOUND Model nope not found', why: 'the text of MLServer over REST' }],
  ['mlserver/model md version', { ours: 'NOT_FOUND', why: 'one text for an unknown version in every flavour' }],
  ['mlserver/version', { ours: 'NOT_FOUND', why: 'one text for an unknown version in every flavour' }],
  ['mlserver/raw short', { ours: 'INVALID_ARGUMENT [request id: <id_unknown>] input byte size', why: CLIENT_FAULT }],
  ['mlserver/bad dtype', { ours: "INVALID_ARGUMENT input 'INPUT0' has the datatype 'FLOAT'", why: CLIENT_FAULT }],
  ['mlserver/index', { ours: 'state: "READY"', why: "the peer writes its enumeration's Python name" }],
  ['mlserver/load unk', { ours: "NOT_FOUND failed to load 'nope'", why: 'clients look for "failed to load"' }],
  ['mlserver/stats', { ours: 'OK model_stats {', why: MORE }],
  [
    'triton/server md',
    { ours: 'extensions: "classification" extensions: "model_repository"', why: 'only what is offered' },
  ],
  ['triton/load unk', { ours: "NOT_FOUND failed to load 'nope'", why: CLIENT_FAULT }],
  [
    'triton/infer uint8 uint_contents 300',
    { ours: 'INVALID_ARGUMENT', why: 'a value out of range is refused, not wrapped to 44' },
  ],
  ['triton/infer bad dtype', { ours: "INVALID_ARGUMENT input 'INPUT0' has the datatype 'FLOAT'", why: CLEARER }],
  [
    'triton/stream triton_grpc_error',
    {
      ours: 'NOT_FOUND Request for unknown model',
      why: 'as newer versions of the peer answer: a status ends the stream',
    },
  ],
]);

const MODEL_CHECK = "the model's own check, which its format's tests hold";
const DECOUPLED = 'no model here answers more than once';
const CLIENT_LIMIT = "the recording client's own limit; ours has tests of its own";

/** Exchanges that are not replayed, and why. */
export const NOT_REPLAYED: ReadonlyMap<string, string> = new Map([
  ['kserve/config', 'offered here; the peer has no such method'],
  ['kserve/big', CLIENT_LIMIT],
  ['mlserver/config', 'offered here; the peer has no such method'],
  ['mlserver/big', CLIENT_LIMIT],
  ['triton/config', "the configuration of another engine's model"],
  ['triton/stats', 'durations of another run'],
  ['triton/infer wrong dtype', MODEL_CHECK],
  ['triton/infer unk input', MODEL_CHECK],
  ['triton/infer no inputs', MODEL_CHECK],
  ['triton/infer shape', MODEL_CHECK],
  ['triton/infer batch', MODEL_CHECK],
  ['triton/seq_start bad type', 'no model here keeps sequences'],
  ['triton/decoupled unary', DECOUPLED],
  ['triton/stream repeat 2', DECOUPLED],
  ['triton/stream repeat 0', DECOUPLED],
  ['triton/stream repeat 1 final', DECOUPLED],
  ['triton/stream repeat 0 final', DECOUPLED],
  ['triton/big 70MB raw', CLIENT_LIMIT],
]);
