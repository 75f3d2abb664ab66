import { asciiAt, includesAscii } from './bytes.ts';
import { extensionOf } from './file-names.ts';

/** Things that are models for other software, by their extension. */
const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['.pt', 'a PyTorch file'],
  ['.pth', 'a PyTorch file'],
  ['.pt2', 'a PyTorch export'],
  ['.mar', 'a TorchServe archive'],
  ['.war', 'a TorchServe workflow archive'],
  ['.pmml', 'a PMML document'],
  ['.h5', 'a Keras HDF5 file'],
  ['.hdf5', 'a Keras HDF5 file'],
  ['.keras', 'a Keras file'],
  ['.safetensors', 'a safetensors file'],
  ['.tflite', 'a TensorFlow Lite model'],
  ['.plan', 'a TensorRT plan'],
  ['.engine', 'a TensorRT plan'],
  ['.trt', 'a TensorRT plan'],
  ['.cbm', 'a CatBoost model'],
  ['.coreml', 'a Core ML model'],
  ['.mlmodel', 'a Core ML model'],
  ['.mlpackage', 'a Core ML model'],
  ['.pdmodel', 'a Paddle model'],
  ['.pdiparams', "a Paddle model's parameters"],
  ['.gguf', 'a GGUF language model'],
  ['.ort', "ONNX Runtime's own format"],
  ['.skops', 'a skops file'],
  ['.mojo', 'an H2O MOJO'],
  ['.caffemodel', 'a Caffe model'],
  ['.params', 'an MXNet model'],
  ['.pb', 'a TensorFlow graph'],
  ['.zip', 'an archive'],
  ['.tar', 'an archive'],
  ['.tgz', 'an archive'],
]);

const BY_NAME: ReadonlyMap<string, string> = new Map([
  ['saved_model.pb', 'a TensorFlow SavedModel'],
  ['saved_model.pbtxt', 'a TensorFlow SavedModel'],
  ['model.safetensors.index.json', 'a Hugging Face model'],
  ['pytorch_model.bin', 'a Hugging Face model'],
  ['tf_model.h5', 'a Hugging Face model'],
]);

const DUMP = 'a dump for people to read';

/** Why a file of such a kind is refused. */
export function refusalText(name: string, kind: string): string {
  if (kind.startsWith(DUMP)) return `${name} is ${kind}, which its own library can not load; save with save_model`;
  return `${name} is ${kind}, which is not served yet; ${SUPPORTED_TODAY}`;
}

/** What to do instead. */
export const SUPPORTED_TODAY =
  'Berth serves scikit-learn (joblib, pickle), XGBoost (JSON, UBJSON, binary), LightGBM (text) and ONNX today';

/** The kind of model that the file's name tells, e.g. `a PyTorch file`, where it is one that is not served. */
export function unsupportedByName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith('.tar.gz') || lower.endsWith('.tar.bz2') || lower.endsWith('.tar.xz')) return 'an archive';
  return BY_NAME.get(lower) ?? BY_EXTENSION.get(extensionOf(lower));
}

/** The kind of model that the file's first bytes tell, where it is one that is not served. */
export function unsupportedByContent(head: Uint8Array): string | undefined {
  if (asciiAt(head, 0, '\x89HDF\r\n\x1a\n')) return 'a Keras HDF5 file';
  if (asciiAt(head, 4, 'TFL3')) return 'a TensorFlow Lite model';
  if (asciiAt(head, 4, 'ORTM')) return "ONNX Runtime's own format";
  if (asciiAt(head, 0, 'GGUF')) return 'a GGUF language model';
  if (asciiAt(head, 0, 'CBM1')) return 'a CatBoost model';
  if (asciiAt(head, 0, 'ptrt') || asciiAt(head, 0, 'ftrt')) return 'a TensorRT plan';
  // PyTorch's files before 1.6: a pickled magic number, 0x1950a86a20f9469cfc6c, comes first.
  if (asciiAt(head, 0, '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19')) return 'a PyTorch file';
  if (asciiAt(head, 0, 'PK\x03\x04') || asciiAt(head, 0, 'PK\x05\x06')) return zipKind(head);
  if (asciiAt(head, 8, '{"') && isSafetensors(head)) return 'a safetensors file';
  if (head[0] === 0x3c || (asciiAt(head, 0, '\xef\xbb\xbf') && head[3] === 0x3c)) {
    if (includesAscii(head, '<PMML', 65536)) return 'a PMML document';
    if (includesAscii(head, '<net ', 4096)) return 'an OpenVINO model';
    return undefined;
  }
  return jsonKind(head);
}

function zipKind(head: Uint8Array): string {
  if (includesAscii(head, 'MAR-INF/', head.length)) return 'a TorchServe archive';
  if (includesAscii(head, '/data.pkl', 4096) || includesAscii(head, '/byteorder', 4096)) return 'a PyTorch file';
  if (includesAscii(head, 'model.weights.h5', head.length)) return 'a Keras file';
  if (includesAscii(head, 'model.ini', 4096)) return 'an H2O MOJO';
  if (includesAscii(head, 'schema.json', head.length)) return 'a skops file';
  return 'an archive';
}

function isSafetensors(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getBigUint64(0, true);
  return length >= 2n && length < 100_000_000n && includesAscii(head, '"dtype"', head.length);
}

function jsonKind(head: Uint8Array): string | undefined {
  if (head[0] === 0x7b && !includesAscii(head, '"learner"', head.length)) {
    if (includesAscii(head, '"tree_info"', head.length)) return `${DUMP} (LightGBM's dump_model)`;
    if (includesAscii(head, '"oblivious_trees"', head.length)) return 'a CatBoost model';
  }
  if (head[0] === 0x5b && includesAscii(head, '"nodeid"', 4096)) return `${DUMP} (XGBoost's dump_model)`;
  return undefined;
}
