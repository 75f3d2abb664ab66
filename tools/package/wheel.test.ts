import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { wheel } from './wheel.ts';
import { zip } from './zip.ts';

/** Reads an archive by its directory, as installers do. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    assert.equal(archive.toString('latin1', at, at + 4), 'PK\x01\x02');
    const [packed, nameLength] = [archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    files.set(name, inflateRawSync(archive.subarray(start, start + packed)));
    at += 46 + nameLength;
  }
  return files;
}

const OPTIONS = {
  name: 'some-thing',
  version: '1.2.3',
  tag: 'py3-none-any',
  summary: 'A thing',
  description: '# Thing\n',
  requires: ['other>=1'],
  extras: { more: ['extra==2'] },
  licence: 'Do what you like',
  commands: ['thing = some_thing:main'],
  files: [
    { path: 'some_thing/b,"c.js', bytes: Buffer.from('second') },
    { path: 'some_thing/__init__.py', bytes: Buffer.from('é'.repeat(5000)) },
  ],
};

describe('a wheel', () => {
  test('has a record of every file, which holds', () => {
    const { file, bytes } = wheel(OPTIONS);
    assert.equal(file, 'some_thing-1.2.3-py3-none-any.whl');
    const files = unzip(bytes);
    const record = (files.get('some_thing-1.2.3.dist-info/RECORD') as Buffer).toString().trim().split('\n');
    assert.equal(record.length, files.size);
    assert.equal(record.at(-1), 'some_thing-1.2.3.dist-info/RECORD,,');
    for (const line of record.slice(0, -1)) {
      const [, name, digest, size] = /^(.*),sha256=([\w-]+),(\d+)$/.exec(line) as RegExpExecArray;
      const content = files.get(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name) as Buffer;
      assert.equal(content.length, Number(size), name);
      assert.equal(createHash('sha256').update(content).digest('base64url'), digest, name);
    }
  });

  test('says what it needs', () => {
    const files = unzip(wheel(OPTIONS).bytes);
    const metadata = (files.get('some_thing-1.2.3.dist-info/METADATA') as Buffer).toString();
    assert.match(metadata, /^Requires-Dist: other>=1$/m);
    assert.match(metadata, /^Provides-Extra: more\nRequires-Dist: extra==2; extra == "more"$/m);
    assert.match(String(files.get('some_thing-1.2.3.dist-info/entry_points.txt')), /^thing = some_thing:main$/m);
    assert.match(String(files.get('some_thing-1.2.3.dist-info/WHEEL')), /^Root-Is-Purelib: true$/m);
  });

  test('has the same bytes in whatever order the files come', () => {
    const turned = { ...OPTIONS, files: [...OPTIONS.files].reverse() };
    assert.deepEqual(wheel(turned).bytes, wheel(OPTIONS).bytes);
  });
});

test('an archive with too many files is refused', () => {
  const file = { path: 'a', bytes: new Uint8Array() };
  assert.throws(() => zip(new Array(65_536).fill(file)), RangeError);
});
