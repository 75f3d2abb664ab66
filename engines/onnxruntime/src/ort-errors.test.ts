import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFailure } from './ort-errors.ts';

test('a graph that needs a locale is not damaged: the machine lacks it', () => {
  const text =
    'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/cpu/text/string_normalizer.cc:235 ' +
    'onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale with ' +
    'name:en_US.UTF-8:locale::facet::_S_create_c_locale name not valid:Please, install necessary language-pack-XX';
  const error = openFailure(text);
  assert.equal(error.reason, 'EngineMissing');
  assert.match(error.message, /the locale en_US\.UTF-8, .*install it/);
});
