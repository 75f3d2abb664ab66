import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type TarFixtureEntry, tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { type ZipFixtureEntry, zipOf } from '../../test/zip-fixture.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { archiveKind } from './archive-kind.ts';
import { type UnpackOptions, unpack } from './unpack.ts';

const LIMITS = { maxBytes: 1_000_000, maxEntries: 100, onBytes: () => {} };

async function unpackBytes(bytes: Buffer, limits: UnpackOptions = LIMITS): Promise<Map<string, string>> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'archive');
  const out = join(folder.path, 'out');
  await mkdir(out);
  await writeFile(file, bytes);
  const kind = await archiveKind(file);
  assert.notEqual(kind, undefined, 'not taken for an archive');
  await unpack(file, kind as 'tar', out, limits);
  const files = new Map<string, string>();
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(out.length + 1), await readFile(path, 'utf8'));
  }
  return files;
}

function refusal(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

describe('a harmless archive', () => {
  const expected = new Map([
    ['model.joblib', 'weights'],
    ['sub/deep/notes.txt', 'n'],
  ]);
  const entries = [
    { name: './', type: '5' },
    { name: 'model.joblib', content: 'weights' },
    { name: 'sub/', type: '5' },
    { name: 'sub/deep/notes.txt', content: 'n' },
  ];

  test('tar', async () => assert.deepEqual(await unpackBytes(tarOf(entries)), expected));
  test('tgz', async () => assert.deepEqual(await unpackBytes(gzipSync(tarOf(entries))), expected));
  test('zip', async () => {
    const zipEntries = entries.slice(1).map(({ name, content }) => ({
      name,
      content: content ?? '',
      mode: name.endsWith('/') ? 0o040755 : 0o100644,
    }));
    assert.deepEqual(await unpackBytes(zipOf(zipEntries)), expected);
  });
});

/** reliability: the corpus of tar and zip slips, by name. */
const SLIPS: readonly (readonly [string, TarFixtureEntry[], RegExp])[] = [
  ['parent folder', [{ name: '../evil', content: 'x' }], /\.\./],
  ['parent folder in the middle', [{ name: 'a/../../evil', content: 'x' }], /\.\./],
  ['absolute path', [{ name: '/srv/evil', content: 'x' }], /absolute/],
  ['drive letter', [{ name: 'C:/evil', content: 'x' }], /drive letter/],
  ['backslash', [{ name: '..\\..\\evil', content: 'x' }], /backslash/],
  ['control character', [{ name: 'a\nb', content: 'x' }], /control character/],
  ['symbolic link', [{ name: 'link', type: '2', link: '/etc/passwd' }], /symbolic link/],
  [
    'symbolic link, then a file through it',
    [
      { name: 'd', type: '2', link: '..' },
      { name: 'd/evil', content: 'x' },
    ],
    /symbolic link/,
  ],
  ['hard link', [{ name: 'link', type: '1', link: '/etc/passwd' }], /hard link/],
  ['device', [{ name: 'null', type: '3' }], /device/],
  ['pipe', [{ name: 'pipe', type: '6' }], /pipe/],
  ['setuid', [{ name: 'a', content: 'x', mode: 0o4755 }], /setuid/],
  [
    'the same name twice',
    [
      { name: 'a', content: 'x' },
      { name: 'a', content: 'y' },
    ],
    /twice/,
  ],
  [
    'names that differ in case only',
    [
      { name: 'Model', content: 'x' },
      { name: 'model', content: 'y' },
    ],
    /twice/,
  ],
  [
    'a file used as a folder',
    [
      { name: 'a', content: 'x' },
      { name: 'a/b', content: 'y' },
    ],
    /is a file/,
  ],
  ['a name of 5,000 characters', [{ name: 'a'.repeat(5000), content: 'x' }], /too long/],
  ['40 folders deep', [{ name: `${'a/'.repeat(40)}b`, content: 'x' }], /deep/],
];

describe('an archive that reaches out is refused as a whole', () => {
  for (const [name, entries, text] of SLIPS) {
    const all = [{ name: 'harmless', content: 'h' }, ...entries];
    test(`tar: ${name}`, () => assert.rejects(unpackBytes(tarOf(all)), refusal('ArchiveRefused', text)));
    test(`tgz: ${name}`, () => assert.rejects(unpackBytes(gzipSync(tarOf(all))), refusal('ArchiveRefused', text)));
  }
  const modes = new Map([
    ['2', 0o120777],
    ['3', 0o020644],
    ['6', 0o010644],
  ]);
  for (const [name, entries] of SLIPS.filter(([name]) => name !== 'hard link')) {
    const zipEntries: ZipFixtureEntry[] = entries.map((entry) => ({
      name: entry.name,
      content: entry.content ?? entry.link ?? '',
      mode: modes.get(entry.type ?? '') ?? 0o100000 + (entry.mode ?? 0o644),
    }));
    test(`zip: ${name}`, () => assert.rejects(unpackBytes(zipOf(zipEntries)), refusal('ArchiveRefused', /./)));
  }
});

describe('zip tricks', () => {
  const refused = (entries: ZipFixtureEntry[], reason: StorageFailureReason, text: RegExp) =>
    assert.rejects(unpackBytes(zipOf(entries)), refusal(reason, text));

  test('the header names another file than the directory', () =>
    refused([{ name: 'model.pkl', localName: '../m.pkl', content: 'x' }], 'ArchiveRefused', /another name/));
  test('entries that share bytes', () =>
    refused(
      [
        { name: 'a', content: 'x'.repeat(1000) },
        { name: 'b', content: 'x'.repeat(1000), offset: 0 },
      ],
      'ArchiveRefused',
      /shares bytes/,
    ));
  test('encrypted', () => refused([{ name: 'a', content: 'x', flags: 0x801 }], 'ArchiveRefused', /encrypted/));
  test('wrong checksum', () => refused([{ name: 'a', content: 'x', crc: 1 }], 'CorruptArchive', /checksum/));
  test('more bytes than declared', () => refused([{ name: 'a', content: 'xyz', size: 1 }], 'CorruptArchive', /./));
  test('fewer bytes than declared', () => refused([{ name: 'a', content: 'xyz', size: 9 }], 'CorruptArchive', /./));
  test('cut', () => assert.rejects(unpackBytes(zipOf([{ name: 'a', content: 'x' }]).subarray(0, 40)), StorageError));
});

describe('work that nobody wants any more', () => {
  const names = Array.from({ length: 50 }, (_, index) => ({ name: `f${index}`, content: 'x'.repeat(1000) }));
  for (const [kind, bytes] of [
    ['tar', tarOf(names)],
    ['tgz', gzipSync(tarOf(names))],
    ['zip', zipOf(names)],
  ] as const) {
    test(`ends half-way, with its reason: ${kind}`, async () => {
      const stop = new AbortController();
      const reason = new StorageError('DownloadCancelled', 'nobody wants it');
      let seen = 0;
      const onBytes = () => {
        if (++seen === 3) stop.abort(reason);
      };
      const { signal } = stop;
      await assert.rejects(unpackBytes(bytes, { ...LIMITS, onBytes, signal }), (thrown) => thrown === reason);
      assert.ok(seen < 10, `${seen} files were unpacked`);
      await assert.rejects(unpackBytes(bytes, { ...LIMITS, signal }), (thrown) => thrown === reason);
    });
  }
});

describe('bounds', () => {
  const zeros = Buffer.alloc(3_000_000);

  test('a tgz that swells', () =>
    assert.rejects(unpackBytes(gzipSync(tarOf([{ name: 'a', content: zeros }]))), refusal('LimitExceeded', /limit/)));
  test('a zip that swells', () =>
    assert.rejects(unpackBytes(zipOf([{ name: 'a', content: zeros }])), refusal('LimitExceeded', /limit/)));
  test('a tar of too many entries', () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ name: `d${index}/`, type: '5' }));
    return assert.rejects(unpackBytes(tarOf(many)), refusal('LimitExceeded', /100 entries/));
  });
  test('a zip of too many entries', () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` }));
    return assert.rejects(unpackBytes(zipOf(many)), refusal('LimitExceeded', /100 entries/));
  });
  test('a tar that is cut inside a file', () => {
    const cut = tarOf([{ name: 'a', content: 'x'.repeat(5000) }], { cut: true }).subarray(0, 2000);
    return assert.rejects(unpackBytes(cut), refusal('CorruptArchive', /damaged|cut/));
  });
  test('a tgz that is cut', () => {
    const whole = gzipSync(
      tarOf([{ name: 'a', content: Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251)) }]),
    );
    return assert.rejects(unpackBytes(whole.subarray(0, whole.length - 100)), refusal('CorruptArchive', /damaged|cut/));
  });
});
