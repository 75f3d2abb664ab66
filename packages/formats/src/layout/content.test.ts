import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { formatByContent } from './content.ts';
import { unsupportedByContent, unsupportedByName } from './unsupported.ts';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** XGBoost's binary format: 136 bytes of parameters, then the objective with its length. */
function xgboostBinary(objective: string): Uint8Array {
  const bytes = Buffer.alloc(200);
  bytes.writeBigUInt64LE(BigInt(objective.length), 136);
  bytes.write(objective, 144, 'latin1');
  return new Uint8Array(bytes);
}

const CONTENTS: readonly (readonly [string, Uint8Array, string])[] = [
  ['LightGBM text', latin1('tree\nversion=v4\nnum_class=1\n'), 'lightgbm'],
  ['LightGBM text with Windows newlines', latin1('tree\r\nversion=v3\r\n'), 'lightgbm'],
  ['LightGBM text of a dart', latin1('dart\nnum_class=1\n'), 'lightgbm'],
  ['XGBoost JSON', latin1('{"learner":{"attributes":{}},"version":[2,1,0]}'), 'xgboost'],
  ['indented XGBoost JSON', latin1('{\n  "version": [1, 3, 0],\n  "learner": {'), 'xgboost'],
  ['XGBoost UBJSON', latin1('{L\0\0\0\0\0\0\0\x07learner{'), 'xgboost'],
  ['XGBoost binary', xgboostBinary('binary:logistic'), 'xgboost'],
  ['XGBoost binary with its tag', latin1('binf\0\0\0\x3f'), 'xgboost'],
  ['pickle protocol 5', latin1('\x80\x05\x95\0\0\0\0\0\0\0\0\x8c'), 'sklearn'],
  ['pickle protocol 2', latin1('\x80\x02csklearn.svm.classes\nSVC\nq\0'), 'sklearn'],
  ['pickle protocol 0', latin1('ccopy_reg\n_reconstructor\np0\n(csklearn'), 'sklearn'],
  ['pickle protocol 0 of a dict', latin1("(dp0\nS'model'\n"), 'sklearn'],
  ['zlib', new Uint8Array(deflateSync('x')), 'sklearn'],
  ['gzip', new Uint8Array(gzipSync('x')), 'sklearn'],
  ['xz', latin1('\xfd7zXZ\0'), 'sklearn'],
  ['lz4', latin1('\x04"M\x18'), 'sklearn'],
  ['ONNX', latin1('\x08\x09\x12\x07skl2onnx:\x05\x0a\x03\x08\x01\x10'), 'undefined'],
  ['ONNX with its graph', latin1('\x08\x09\x12\x04test:\x06\x12\x04test\x42\x02\x10\x12'), 'onnx'],
];

describe('the format by content', () => {
  for (const [kind, bytes, format] of CONTENTS) {
    it(kind, () => {
      for (const name of ['model', 'model.bin', 'model.model']) {
        assert.equal(String(formatByContent(bytes, name)), format);
      }
    });
  }

  it('does not take compressed tables and archives for models', () => {
    const gzip = new Uint8Array(gzipSync('a,b'));
    for (const name of ['data.csv.gz', 'model.tar.gz', 'notes.txt.gz'])
      assert.equal(formatByContent(gzip, name), undefined);
    for (const name of ['model.pkl.gz', 'model.gz', 'model.joblib'])
      assert.equal(formatByContent(gzip, name), 'sklearn');
  });

  it('is none for documents, settings, pictures and nothing at all', () => {
    for (const text of [
      '',
      '# Iris\n',
      '{"name": "iris"}',
      '\x89PNG\r\n',
      'tree of life\nis a text',
      '<html>',
      '[1, 2]',
    ]) {
      assert.equal(formatByContent(latin1(text), 'x'), undefined, text);
    }
  });

  it('answers any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.string(), (bytes, name) => {
        formatByContent(bytes, name);
        unsupportedByContent(bytes);
        unsupportedByName(name);
      }),
    );
  });
});

describe('models of other software', () => {
  it('are told by their names', () => {
    for (const [name, kind] of [
      ['saved_model.pb', 'TensorFlow SavedModel'],
      ['model.PT', 'PyTorch'],
      ['densenet.mar', 'TorchServe'],
      ['model.pmml', 'PMML'],
      ['model.h5', 'Keras'],
      ['model.safetensors', 'safetensors'],
      ['model.tflite', 'TensorFlow Lite'],
      ['model.plan', 'TensorRT'],
      ['model.cbm', 'CatBoost'],
      ['model.tar.gz', 'archive'],
    ]) {
      assert.match(unsupportedByName(name) ?? '', new RegExp(kind));
    }
    for (const name of ['model.joblib', 'model', 'model.onnx', '.pt']) assert.equal(unsupportedByName(name), undefined);
  });

  it('are told by their content under any name', () => {
    for (const [text, kind] of [
      ['\x89HDF\r\n\x1a\n', 'Keras'],
      ['\0\0\0\0TFL3', 'TensorFlow Lite'],
      ['\0\0\0\0ORTM', "ONNX Runtime's own"],
      ['CBM1', 'CatBoost'],
      ['\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'PyTorch'],
      ['PK\x03\x04xxxxxxxx archive/data.pkl', 'PyTorch'],
      ['PK\x03\x04xxxxxxxx MAR-INF/MANIFEST.json', 'TorchServe'],
      ['<?xml version="1.0"?>\n<PMML version="4.4">', 'PMML'],
      ['\x20\0\0\0\0\0\0\0{"w":{"dtype":"F32"', 'safetensors'],
      ['{"name":"tree","version":"v4","num_class":1,"tree_info":[', 'dump_model'],
      ['[\n  { "nodeid": 0, "depth": 0', 'dump_model'],
    ]) {
      assert.match(unsupportedByContent(latin1(text)) ?? 'nothing', new RegExp(kind));
    }
  });

  it('do not take an XGBoost model for a LightGBM dump', () => {
    assert.equal(unsupportedByContent(latin1('{"learner":{"gradient_booster":{"model":{"tree_info":[0]')), undefined);
  });
});
